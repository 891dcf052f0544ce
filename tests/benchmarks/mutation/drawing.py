"""Mutants drawn with a fixed seed, made by the operators of cosmic-ray.

Every line has a rank, a hash of the seed, the file and the line's text; the lines of the lowest ranks are drawn. An
edit of one line therefore leaves the other drawn mutants as they are.
"""

from __future__ import annotations

import ast
import hashlib
import io
import itertools
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import parso
from cosmic_ray.ast import ast_nodes
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names

from .mutant import Mutant, mutant

SEED = 2026

Position = tuple[int, int]  # line from 1, column from 0


def drawn(root: Path, files: list[str], covered: Callable[[str, int], bool], count: int) -> list[Mutant]:
    """Return ``count`` mutants of these files, one for a line, by rank.

    Args:
        root: Folder of the checkout.
        files: Paths from the root.
        covered: Whether a test runs a line: called with the file and the line number.
        count: Number of mutants; fewer are returned if the files have too few lines.
    """
    ranked = sorted(line for file in files for line in _ranked_lines(root, file))
    mutants = (_mutant(root, file, line, rank) for rank, file, line in ranked if covered(file, line))
    return list(itertools.islice((each for each in mutants if each), count))


def _ranked_lines(root: Path, file: str) -> Iterator[tuple[str, str, int]]:
    """Yield rank, file and number of every line that is neither blank nor a comment."""
    seen: Counter[str] = Counter()
    for number, line in enumerate((root / file).read_text("utf-8").splitlines(), 1):
        text = line.strip()
        if text and not text.startswith("#"):
            seen[text] += 1
            yield _rank(file, text, seen[text]), file, number


def _rank(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, (SEED, *parts))).encode()).hexdigest()


def _mutant(root: Path, file: str, line: int, rank: str) -> Mutant | None:
    """Return the mutant of the lowest rank on a line; None if no operator changes this line alone."""
    source = (root / file).read_text("utf-8")
    tree, excluded = _parsed(source)
    nodes = [node for node in ast_nodes(tree) if node.start_pos[0] <= line <= node.end_pos[0]]
    places = [
        ((_rank(rank, _family(name), start[1]), _rank(rank, name, index)), name, node, index)
        for name in _operators()
        for node in nodes
        for index, (start, _) in enumerate(_operator(name).mutation_positions(node))
        if start[0] == line and not any(begin <= start < end for begin, end in excluded)
        if getattr(node.parent, "type", "") != "parameters"  # the bare * of keyword-only arguments is not a product
    ]
    for _, name, node, index in sorted(places, key=lambda place: place[0]):
        try:
            changed = mutate_code(source, _operator(name), _occurrence(tree, _operator(name), node) + index)
            ast.parse(changed)
            what = name.removeprefix("core/")
            made = mutant(f"drawn-{rank[:8]}", "drawn", file, (source, changed), what)
        except (SyntaxError, ValueError, AttributeError):  # the last for `except a.B`, which cosmic-ray does not know
            continue
        if made.line == line and _tokens(made.before) != _tokens(made.after):
            return made
    return None


def _family(name: str) -> str:
    """Return the group of an operator: the 132 replacements of binary operators are one."""
    return name.partition("_")[0]


@cache
def _operators() -> list[str]:
    """Return names of all operators that need no arguments."""
    return sorted(name for name in operator_names() if not get_operator(name).arguments())


@cache
def _operator(name: str) -> Operator:
    return get_operator(name)()


def _occurrence(tree: Any, operator: Operator, node: Any) -> int:
    """Return how many changes an operator can make before it comes to a node."""
    before = itertools.takewhile(lambda each: each is not node, ast_nodes(tree))
    return sum(len(list(operator.mutation_positions(each))) for each in before)


@cache
def _parsed(source: str) -> tuple[Any, list[tuple[Position, Position]]]:
    """Return cosmic-ray's tree and the begins and ends, (line, column), of parts that are not run or not behaviour."""
    return parso.parse(source), [_extent(node) for node in _not_behaviour(ast.parse(source))]


def _not_behaviour(tree: ast.Module) -> Iterator[Any]:
    """Yield annotations, ``if TYPE_CHECKING`` blocks, ``__all__``, docstrings and the options of dataclasses.

    ``frozen`` and ``slots`` forbid assignments that mypy finds: without them nothing else changes.
    """
    for node in ast.walk(tree):
        match node:
            case ast.arg(annotation=annotation) | ast.AnnAssign(annotation=annotation) if annotation:
                yield annotation
            case ast.FunctionDef(returns=returns) if returns:
                yield returns
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Assign(targets=[ast.Name(id="__all__")]):
                yield node
            case ast.Expr(value=ast.Constant(value=str())) | ast.Call(func=ast.Name(id="dataclass")):
                yield node


def _extent(node: Any) -> tuple[Position, Position]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _tokens(line: str) -> list[str]:
    """Return a line's tokens, so that two lines can be compared without their spaces."""
    try:
        return [token.string for token in tokenize.generate_tokens(io.StringIO(line).readline)]
    except (tokenize.TokenError, SyntaxError):
        return line.split()
