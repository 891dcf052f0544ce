"""CSV and TSV, record by record, with Python's reader, which counts lines and refuses broken records."""

from __future__ import annotations

import csv
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, Any, final

from tlzoo.data.adapters.tables.formats.encoding import LONGEST, count_lines, lines, open_text
from tlzoo.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tlzoo.data.adapters.tables.formats.row import Row

_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}


@final
class Delimited:
    """A file of records with a header and fields quoted as in RFC 4180."""

    options = ("delimiter", "encoding")
    unit = "line"

    def __init__(self, path: Path, options: Mapping[str, str]) -> None:
        """Read the header. Raises DataError if it is missing or repeats a name."""
        self._path = path
        self._encoding = options.get("encoding")
        self._delimiter = _delimiter(path, options.get("delimiter"))
        csv.field_size_limit(LONGEST)
        with open_text(path, self._encoding) as text:
            first = next(self._records(csv.reader(lines(path, text), delimiter=self._delimiter, strict=True)), None)
        self.columns = tuple(name.strip() for name in first[1]) if first else ()
        _check_header(path, self.columns, self._delimiter)

    def count(self) -> int:
        """Return the number of lines, including the header."""
        return count_lines(self._path)

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Yield the first line of each record, and its cells of ``columns`` as text."""
        width = len(self.columns)
        positions = [self.columns.index(name) for name in columns]
        pick = itemgetter(*positions, positions[-1])  # one more, for a tuple even with one column
        named = max((place for place, name in enumerate(self.columns, 1) if name), default=0)
        with open_text(self._path, self._encoding) as text:
            reader = csv.reader(lines(self._path, text), delimiter=self._delimiter, strict=True)
            records = self._records(reader)
            next(records)
            for number, record in records:
                cells = record if len(record) == width else _fitted(record, named, width)
                if cells is None:
                    raise _ragged(self._path, number, len(record), width, self._delimiter)
                yield number, list(pick(cells)[:-1])

    def _records(self, reader: Any) -> Iterator[tuple[int, list[str]]]:
        while True:
            began = reader.line_num + 1
            try:
                record = next(reader, None)
            except csv.Error as error:
                raise _broken(self._path, began, reader.line_num, str(error)) from error
            if record is None:
                return
            if record:
                yield began, record


def _delimiter(path: Path, given: str | None) -> str:
    if given is None:
        return "\t" if path.suffix.lower() in {".tsv", ".tab"} else ","
    found = _NAMED.get(given, given)
    if len(found) != 1 or found in '"\r\n\0':
        raise UsageError(
            f"delimiter {given!r} is not one character", "use one, as in 'delimiter=;', or 'delimiter=tab'"
        )
    return found


def _check_header(path: Path, columns: tuple[str, ...], delimiter: str) -> None:
    if not columns:
        raise DataError(f"{path} is empty", "write the names of the columns into its first line, as in 'text,label'")
    twice = sorted(name for name, count in Counter(columns).items() if name and count > 1)
    if twice:
        raise DataError(f"{path}: the header has the column {twice[0]!r} twice", "rename one of them")
    others = [each for each in ",;\t|" if each != delimiter and each in columns[0]]
    if len(columns) == 1 and others:
        name = "tab" if others[0] == "\t" else others[0]
        raise DataError(f"{path}: the header is one column, {columns[0]!r}", f"is it 'delimiter={name}'?")


def _fitted(record: list[str], named: int, width: int) -> list[str] | None:
    """Return a record with as many cells as the header, or None if a cell is missing or one too many has content.

    Spreadsheets add commas after the last cell, and omit cells after the last ``named`` column.
    """
    if len(record) < named or any(record[width:]):
        return None
    return (record + [""] * width)[:width]


def _ragged(path: Path, line: int, found: int, width: int, delimiter: str) -> DataError:
    has = "1 field" if found == 1 else f"{found} fields"
    shown = "a tab" if delimiter == "\t" else repr(delimiter)
    fix = f"put fields with {shown} in quotation marks" if found > width else "complete the line, or remove it"
    return DataError(f"{path}, line {line} has {has}, the header {width}", fix)


def _broken(path: Path, began: int, line: int, message: str) -> DataError:
    where = f"{path}, line {began}" if began >= line else f"{path}, lines {began} to {line}"
    if "field larger" in message:
        fix = "is a quotation mark left open?"
        return DataError(f"{where}: a field of more than {LONGEST:,} characters", fix)
    if "unexpected end" in message:
        return DataError(f"{where}: a quotation mark is not closed until the end of the file", "close it, or double it")
    return DataError(f"{where}: {message}", 'double a quotation mark within quotation marks: "a ""word"" here"')
