"""Reader of fastText's ``.bin`` files: dictionary, and vectors of words and subwords. Files are not trusted.

The format is that of ``FastText::loadModel`` (github.com/facebookresearch/fastText, version 12): a magic number, the
training arguments, the dictionary, the input matrix; the rest is not used here. All numbers are little-endian.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tlzoo.errors import BytesRefusedError
from tlzoo_text.fasttext.hashing import subword_buckets
from tlzoo_text.fasttext.vectors import MOST_SIZE, Subwords, WordVectors

__all__ = ["MAGIC", "is_binary", "read_bin"]

MAGIC = 793712314
_VERSION = 12
_ARGUMENTS = struct.Struct("<12id")
_COUNTS = struct.Struct("<3i2q")
_ENTRY = struct.Struct("<qb")
_SHAPE = struct.Struct("<2q")
_LONGEST_WORD = 4096
_WORD = 0
_FIX = "it is not a fastText file, or is truncated; download it again"


class _Header(NamedTuple):
    size: int
    buckets: int
    shortest: int
    longest: int
    words: int
    entries: int


def is_binary(path: Path) -> bool:
    """Return whether a file starts with the magic number of fastText's ``.bin`` files."""
    with path.open("rb") as stream:
        return stream.read(4) == struct.pack("<i", MAGIC)


def read_bin(path: Path, most_words: int) -> WordVectors:
    """Return the first ``most_words`` words, with vectors that include their subwords, and all subwords.

    A word's vector is the mean of its own vector and those of its subwords, as in ``getWordVector``.

    Raises:
        BytesRefusedError: For another format, and for quantized models (``.ftz``).
    """
    content = np.memmap(path, np.uint8, "r")
    reader = _Reader(path, content)
    header = _header(reader)
    words = _dictionary(reader, header)
    if reader.unpack(struct.Struct("<?"))[0]:
        raise BytesRefusedError(f"{path} is quantized", "use the original, unquantized model")
    rows, size = reader.unpack(_SHAPE)
    if size != header.size or rows != header.words + header.buckets:
        reader.refuse(f"the matrix is {rows} x {size}, not {header.words + header.buckets} x {header.size}")
    matrix = reader.matrix(rows, size)
    if not np.isfinite(matrix).all():
        reader.refuse("a vector is not finite")
    kept = words[:most_words]
    subwords = None
    if header.buckets and header.longest:
        subwords = Subwords(np.array(matrix[header.words :]), header.shortest, header.longest)
    return WordVectors(tuple(kept), _whole(matrix, kept, subwords), subwords)


def _header(reader: _Reader) -> _Header:
    magic, version = reader.unpack(struct.Struct("<2i"))
    if magic != MAGIC:
        reader.refuse("it does not start with the magic number of fastText models")
    if version != _VERSION:
        reader.refuse(f"format version {version} is not supported, only {_VERSION}")
    arguments = reader.unpack(_ARGUMENTS)
    size, buckets, shortest, longest = arguments[0], arguments[8], arguments[9], arguments[10]
    entries, words, labels, _, pruned = reader.unpack(_COUNTS)
    if pruned > 0:
        raise BytesRefusedError(f"{reader.path} is quantized", "use the original, unquantized model")
    sound = 0 < size <= MOST_SIZE and 0 <= shortest <= 100 and 0 <= longest <= 100 and buckets >= 0  # noqa: PLR2004
    if not (sound and 0 < words <= entries and labels == entries - words):
        reader.refuse(f"invalid sizes: size {size}, {words} words, {labels} labels of {entries}, {buckets} buckets")
    return _Header(size, buckets, max(shortest, 1), longest, words, entries)


def _dictionary(reader: _Reader, header: _Header) -> list[bytes]:
    """Read words, which come first, and skip labels."""
    words = []
    for number in range(header.entries):
        word = reader.word()
        _, kind = reader.unpack(_ENTRY)
        if (kind == _WORD) != (number < header.words):
            reader.refuse(f"entry {number} of the dictionary has the invalid kind {kind}")
        words.append(word)
    if len(set(words)) != len(words):
        reader.refuse("a word is duplicated")
    return words[: header.words]


def _whole(matrix: np.ndarray, words: list[bytes], subwords: Subwords | None) -> np.ndarray:
    made = np.array(matrix[: len(words)])
    if subwords is None:
        return made
    for row, word in enumerate(words):
        buckets = subword_buckets(word, subwords.shortest, subwords.longest, len(subwords.vectors))
        made[row] = (made[row] + subwords.vectors[buckets].sum(axis=0)) / (1 + len(buckets))
    return made


class _Reader:
    """Sequential reader that checks the end of the file."""

    def __init__(self, path: Path, content: np.ndarray) -> None:
        self.path = path
        self._content = content
        self._place = 0

    def unpack(self, kind: struct.Struct) -> tuple[Any, ...]:
        return kind.unpack(self._take(kind.size).tobytes())

    def word(self) -> bytes:
        ahead = self._content[self._place : self._place + _LONGEST_WORD].tobytes()
        word, end, _ = ahead.partition(b"\0")
        if not end or not word:
            self.refuse("a word is empty or not terminated")
        self._place += len(word) + 1
        return word

    def matrix(self, rows: int, size: int) -> np.ndarray:
        return self._take(rows * size * 4).view("<f4").reshape(rows, size)

    def refuse(self, reason: str) -> None:
        raise BytesRefusedError(f"{self.path}: {reason}", _FIX)

    def _take(self, count: int) -> np.ndarray:
        if count < 0 or self._place + count > len(self._content):
            self.refuse("it is truncated")
        taken = self._content[self._place : self._place + count]
        self._place += count
        return taken
