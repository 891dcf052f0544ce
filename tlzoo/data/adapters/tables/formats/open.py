"""Opening of tables; the suffix gives the format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tlzoo.data.adapters.tables.formats.delimited import Delimited
from tlzoo.data.adapters.tables.formats.jsonlines import JsonLines
from tlzoo.data.adapters.tables.formats.parquet import Parquet
from tlzoo.data.adapters.tables.formats.row import Row
from tlzoo.data.source import refuse_unknown_options
from tlzoo.errors import DataError, did_you_mean

_FORMATS: Mapping[str, type[Delimited | JsonLines | Parquet]] = {
    ".csv": Delimited, ".tsv": Delimited, ".tab": Delimited, ".txt": Delimited,
    ".jsonl": JsonLines, ".ndjson": JsonLines, ".json": JsonLines,
    ".parquet": Parquet, ".pq": Parquet,
}  # fmt: skip


class Table(Protocol):
    """A file of rows with named columns; ``unit`` is the unit of row numbers, lines or rows."""

    columns: tuple[str, ...]
    unit: str

    def count(self) -> int:
        """Return the approximate number of lines or rows, for progress; 0 if unknown before reading."""
        ...

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Yield the cells of ``columns`` of every row, from the first. Raises DataError for an unreadable row."""
        ...


def open_table(path: Path, options: Mapping[str, str], known: Sequence[str]) -> Table:
    """Open a table and read the names of its columns. ``known`` are options not of the format.

    Raises:
        DataError: If the file does not exist or cannot be read.
        UsageError: For an unknown option.
    """
    try:
        if path.is_dir():
            raise DataError(f"{path} is a folder, not a table", f"name a file, or use images:{path}")
        if not path.is_file():
            raise DataError(f"file {str(path)!r} does not exist", _nearby(path))
        if path.suffix.lower() not in _FORMATS:
            fix = f"valid suffixes: {', '.join(_FORMATS)}"
            raise DataError(f"{path} does not have the suffix of a table", fix)
        format_ = _FORMATS[path.suffix.lower()]
        refuse_unknown_options("table", options, (*known, *format_.options))
        return format_(path, options)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", "check its permissions") from error


def _nearby(path: Path) -> str:
    if not path.parent.is_dir():
        return f"folder {str(path.parent)!r} does not exist either"
    names = [each.name for each in path.parent.iterdir() if each.suffix.lower() in _FORMATS]
    return did_you_mean(path.name, names, valid=f"tables in {str(path.parent)!r}")
