"""Write measured values into a registry file, leaving all other text unchanged."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tlzoo.errors import RegistryError
from tlzoo.files.atomic import write_text
from tlzoo.files.lock import exclusive
from tlzoo.registry import Measured, plain
from tlzoo.registry.validation import validated

__all__ = ["record_measured", "with_measured"]


def record_measured(path: Path, entry_id: str, measured: Measured) -> bool:
    """Write values into the entry's table of a registry file; return whether the file changed.

    Raises RegistryError if the file has no such table, or if its syntax does not allow inserting a line.
    """
    with exclusive(path):
        before = path.read_text("utf-8")
        after = with_measured(before, entry_id, measured, origin=str(path))
        if after != before:
            write_text(path, after)
    return after != before


def with_measured(text: str, entry_id: str, measured: Measured, *, origin: str) -> str:
    """Return a registry's text with these values, one line each, at the end of the entry's table."""
    lines = list(io.StringIO(text))  # splits at line feeds only, not at all line separators of Unicode
    start = _header(lines, entry_id)
    if start is None:
        raise RegistryError(f'{origin}: no table [entries."{entry_id}"]')
    end = next((i for i in range(start + 1, len(lines)) if lines[i].startswith("[")), len(lines))
    table = [line for line in lines[start:end] if not _FIGURE.match(line)]
    last = max(i for i, line in enumerate(table) if line.strip() and not line.startswith("#"))
    if not table[last].endswith("\n"):
        table[last] += "\n"
    table[last + 1 : last + 1] = _lines(measured)
    changed = "".join([*lines[:start], *table, *lines[end:]])
    _check(text, changed, entry_id, measured, origin)
    return changed


_FIGURE = re.compile(r"measured\s*[.=]")


def _header(lines: list[str], entry_id: str) -> int | None:
    pattern = re.compile(rf"""\[\s*entries\s*\.\s*(["']){re.escape(entry_id)}\1\s*\]""")
    return next((i for i, line in enumerate(lines) if pattern.match(line)), None)


def _lines(measured: Measured) -> Iterator[str]:
    yield from (f"measured.{name} = {value}\n" for name, value in plain(measured).items())


def _check(before: str, after: str, entry_id: str, measured: Measured, origin: str) -> None:
    """Check that only these values differ between the texts, and that the new registry is valid."""
    fix = f"write `measured.parameters = {measured.parameters}` and the other values as lines of the entry's table"
    try:
        wanted, found = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(f"{origin}: cannot write the values of {entry_id}: {error}", fix) from error
    entry: dict[str, Any] = wanted["entries"][entry_id]
    entry["measured"] = plain(measured)
    if found != wanted:
        raise RegistryError(f"{origin}: cannot write the values of {entry_id} without changing others", fix)
    validated(found, origin)
