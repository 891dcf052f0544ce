"""The core is open: no code outside a task's folder asks which of the built-in tasks it has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tlzoo
from tlzoo.tasks import core_tasks

ROOT = Path(tlzoo.__file__).parents[1]
FOLDERS = (ROOT / "tlzoo", *ROOT.glob("plugins/*/tlzoo_*"))
OWN = ROOT / "tlzoo/tasks"
KINDS = frozenset(core_tasks())
CLASSES = frozenset(each.__name__ for each in core_tasks().values())


def names_a_task(node: ast.AST) -> bool:
    """Whether an expression is a kind, a class of a task or its kind, or a display of some."""
    match node:
        case ast.Constant(value=str(value)):
            return value in KINDS
        case ast.Name(id=name):
            return name in CLASSES
        case ast.Attribute(value=value, attr=attr):
            return attr in CLASSES or (attr == "kind" and names_a_task(value))
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return any(map(names_a_task, elements))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return names_a_task(left) or names_a_task(right)
    return False


def decides_by_a_task(node: ast.AST) -> bool:
    """Whether a node compares with a task, asks for its class, or is a table that has tasks for keys."""
    match node:
        case ast.Compare(left=left, comparators=others):
            return any(map(names_a_task, (left, *others)))
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, classes]):
            return names_a_task(classes)
        case ast.Call(func=ast.Attribute(attr="fromkeys"), args=[keys, *_]):
            return names_a_task(keys)
        case ast.Dict(keys=keys):
            return any(each is not None and names_a_task(each) for each in keys)
        case ast.MatchValue(value=value) | ast.MatchClass(cls=value):
            return names_a_task(value)
    return False


def decisions(text: str) -> Iterator[int]:
    """Yield the lines of a module that decide by a task."""
    yield from (getattr(node, "lineno", 0) for node in ast.walk(ast.parse(text)) if decides_by_a_task(node))


@pytest.mark.parametrize(
    "text",
    [
        "task.kind == 'classification'",
        "'regression' != kind",
        "task in {'classification', 'multi-label'}",
        "kind == Classification.kind",
        "type(task) is tasks.MultiLabel",
        "isinstance(task, Classification | MultiLabel)",
        "isinstance(task, (int, Regression))",
        "TABLE = {'classification': 1}",
        "TABLE = {Regression.kind: 1}",
        "dict.fromkeys(('classification', 'regression'), 1)",
        "match task:\n    case Regression(targets=targets):\n        pass",
        "match kind:\n    case 'multi-label':\n        pass",
    ],
)
def test_a_decision_by_a_task_is_found(text: str) -> None:
    assert list(decisions(text))


@pytest.mark.parametrize("text", ["task = Classification(('a', 'b'))", "task.exclusive", "entry.kind == 'image'"])
def test_other_code_is_no_decision(text: str) -> None:
    assert not list(decisions(text))


def test_no_code_outside_a_tasks_folder_decides_by_a_task() -> None:
    files = [path for folder in FOLDERS for path in folder.rglob("*.py") if OWN not in path.parents]
    assert len(files) > 400
    found = [f"{path.relative_to(ROOT)}:{line}" for path in files for line in decisions(path.read_text("utf-8"))]
    assert not found
