"""Pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["code", "sentence", "table", "text"]

_PAGE = re.compile(r"\bdocs/([\w./-]+\.md)")
"""A page of the documentation, as messages name it."""


def text(value: str) -> str:
    """Return a text of the program as Markdown that shows it as it is: its code stays code, nothing else is a mark."""
    parts = value.replace("``", "`").split("`")
    marked = len(parts) % 2 == 1
    return "".join(code(part) if marked and index % 2 else _escaped(part) for index, part in enumerate(parts))


def sentence(value: str) -> str:
    """Return a text with a capital first letter and a full stop."""
    shown = text(value.strip())
    return f"{shown[:1].upper()}{shown[1:]}{'' if shown.endswith(('.', '?', '!')) else '.'}"


def code(value: str) -> str:
    """Return inline code that a table can hold."""
    fence = "``" if "`" in value else "`"
    return f"{fence}{value}{fence}".replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _escaped(value: str) -> str:
    for mark in "\\*_[]<>|{}$~#":
        value = value.replace(mark, f"\\{mark}")
    return _PAGE.sub(r"[\1](/\1)", value)
