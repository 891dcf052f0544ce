"""Text files in any encoding, line by line; decoding errors have the line number."""

from __future__ import annotations

import codecs
import io
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tlzoo.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST = 2**22
"""Largest number of characters of a line or field: longer ones are not a table, or have an open quote."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, because it begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"PAR1", "a Parquet file; give it the suffix .parquet"),
    (b"PK\x03\x04", "a spreadsheet or a zip archive; save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet; save the sheet as CSV"),
    (b"\x1f\x8b", "compressed by gzip; unpack it first"),
    (b"BZh", "compressed by bzip2; unpack it first"),
    (b"\xfd7zXZ", "compressed by xz; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd; unpack it first"),
    (b"SQLite format 3", "a database; export the table as CSV"),
    (b"\x89PNG", "an image; for a folder of images use images:FOLDER"),
    (b"\xff\xd8\xff", "an image; for a folder of images use images:FOLDER"),
    (b"%PDF", "a PDF document"),
    (b"ARROW1", "an Arrow file; write it as Parquet"),
)
_CHUNK = 2**16
_NOT_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_CONTROL = re.compile("[\x80-\x9f]")


@contextmanager
def open_text(path: Path, encoding: str | None) -> Iterator[io.TextIOWrapper]:
    """Open a text file with unchanged line ends. Without ``encoding``, by its byte order mark or as UTF-8.

    Decoding errors in the context become a DataError with the line. Raises UsageError for an unknown encoding,
    DataError for a file that cannot be opened or is not text.
    """
    with path.open("rb") as file:
        known = _codec(encoding) if encoding else sniffed(path, file.read(_CHUNK))
        file.seek(0)
        with io.TextIOWrapper(file, encoding=known, newline="") as text:
            try:
                yield text
            except UnicodeError as error:
                raise _undecodable(path, known, given=encoding is not None) from error


def lines(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of a file with their ends. Raises DataError for one that is too long or has a NUL.

    Text declared as Latin-1 with control characters U+0080 to U+009F is refused, because it has another encoding.
    """
    number, is_latin = 0, codecs.lookup(text.encoding).name == "iso8859-1"
    while line := text.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            fix = "close open quotation marks, or name a table"
            raise DataError(f"{path}, line {number} is longer than {LONGEST:,} characters", fix)
        if is_latin and (control := _CONTROL.search(line)):
            fix = "these are quotes and dashes of Windows: use 'encoding=cp1252'"
            raise DataError(f"{path}, line {number} has the control character U+{ord(control[0]):04X}", fix)
        if "\0" in line:
            fix = "remove it, or name the encoding, as in 'encoding=utf-16'"
            raise DataError(f"{path}, line {number} has a NUL character", fix)
        yield line


def count_lines(path: Path) -> int:
    """Return the approximate number of lines of a file, for progress."""
    with path.open("rb") as file:
        return max(1, sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(2**20), b"")))


def sniffed(path: Path, begin: bytes) -> str:
    """Return the encoding by the first bytes of a file. Raises DataError if it is not text."""
    for mark, name in _BOMS:
        if begin.startswith(mark):
            return name
    for magic, what in _MAGIC:
        if begin.startswith(magic):
            raise DataError(f"{path} is not a text file: it looks like {what}")
    if b"\0" in begin:
        line = begin[: begin.index(b"\0")].count(b"\n") + 1
        fix = "save it as text, or name its encoding, as in 'encoding=utf-16'"
        raise DataError(f"{path} is not a text file: line {line} has a NUL byte", fix)
    return "utf-8"


def _codec(encoding: str) -> str:
    try:
        found = codecs.lookup(encoding)
        "".encode(encoding)  # refuses codecs other than text encodings, such as base64
    except LookupError as error:
        raise UsageError(
            f"unknown encoding {encoding!r}", "use one such as utf-8, utf-16, latin-1 or cp1252"
        ) from error
    return "utf-8-sig" if found.name == "utf-8" else found.name


def _undecodable(path: Path, encoding: str, *, given: bool) -> DataError:
    """Find the line of the first undecodable byte, by a second reading, because decoding is ahead of the reader."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, shown = 1, ""
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            try:
                line += decoder.decode(chunk).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].decode(encoding, "replace").count("\n")
                shown = f" (byte 0x{error.object[error.start]:02x})"
                break
            except UnicodeError:
                break
    name = encoding.removesuffix("-sig").upper()
    fix = "name another with 'encoding=…'" if given else _likely(path)
    return DataError(f"{path}, line {line} is not {name}{shown}", fix)


def _likely(path: Path) -> str:
    """Return an encoding to try for a file that is not UTF-8: cp1252 has all letters of Latin-1, and quotes."""
    with path.open("rb") as file:
        fits = not any(_NOT_IN_CP1252.search(chunk) for chunk in iter(lambda: file.read(_CHUNK), b""))
    if fits:
        return "name its encoding, as in 'encoding=cp1252'"
    return "name its encoding, such as encoding=shift_jis, gb18030, euc-kr or cp1251"
