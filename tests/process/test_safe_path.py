"""New Python processes do not import modules from the current folder, which may hold anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import tlzoo


def commands(tree: ast.AST) -> Iterator[list[object]]:
    """Yield the words of each literal command that runs a module or code; None stands for an expression."""
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple):
            words = [each.value if isinstance(each, ast.Constant) else None for each in node.elts]
            if "-m" in words or "-c" in words:
                yield words


def test_each_python_process_starts_without_the_current_folder_in_its_path() -> None:
    root = Path(tlzoo.__file__).parent
    found = [
        (path.relative_to(root).as_posix(), words)
        for path in root.rglob("*.py")
        for words in commands(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert len(found) > 5
    assert [each for each in found if "-P" not in each[1]] == []
