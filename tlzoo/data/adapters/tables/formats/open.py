"""From a path to a table that can be read: which format it has, by its suffix."""

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
    """A file of rows under named columns; ``unit`` says what its rows are counted in: lines or rows."""

    columns: tuple[str, ...]
    unit: str

    def count(self) -> int:
        """Return about how many lines or rows there are, for progress; 0 where only reading would tell."""
        ...

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Yield every row's cells of ``columns``, from the first row; raise DataError at what cannot be read."""
        ...


def open_table(path: Path, options: Mapping[str, str], known: Sequence[str]) -> Table:
    """Open a table and read which columns it has. ``known`` are options that are not about the format.

    Raises:
        DataError: For a file that is not there or cannot be read.
        UsageError: For an unknown option.
    """
    try:
        if path.is_dir():
            raise DataError(f"{path} is a folder, not a table", f"name a file, or write images:{path}")
        if not path.is_file():
            raise DataError(f"no file {str(path)!r}", _nearby(path))
        if path.suffix.lower() not in _FORMATS:
            fix = f"valid suffixes: {', '.join(_FORMATS)}"
            raise DataError(f"{path} is of no kind that is read as a table", fix)
        format_ = _FORMATS[path.suffix.lower()]
        refuse_unknown_options("table", options, (*known, *format_.options))
        return format_(path, options)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", "check its permissions") from error


def _nearby(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {str(path.parent)!r} either"
    names = [each.name for each in path.parent.iterdir() if each.suffix.lower() in _FORMATS]
    return did_you_mean(path.name, names, valid=f"tables in {str(path.parent)!r}")
