"""Reader of ``.vec`` files: a line with number and size of the vectors, then a word and its numbers per line.

Source: Bojanowski et al. 2017, arXiv 1607.04606; the format is that of word2vec's text files.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tlzoo.errors import BytesRefusedError

__all__ = ["MOST_SIZE", "Subwords", "WordVectors", "read_vec"]

MOST_SIZE = 4096
_FIX = "it is not a fastText file, or is truncated; download or convert it again"
_LONGEST_LINE = 2**20


class Subwords(NamedTuple):
    """Vectors of substrings with ``shortest`` to ``longest`` letters, float32 (buckets, size)."""

    vectors: np.ndarray
    shortest: int
    longest: int


class WordVectors(NamedTuple):
    """UTF-8 words, the most frequent first, with vectors float32 (words, size), and subwords if there are any."""

    words: tuple[bytes, ...]
    vectors: np.ndarray
    subwords: Subwords | None


def read_vec(path: Path, most_words: int) -> WordVectors:
    """Return the first ``most_words`` words; raise BytesRefusedError with the line for another format."""
    with path.open("rb") as stream:
        first = stream.readline(_LONGEST_LINE).split()
        if len(first) != 2 or not all(each.isdigit() for each in first):  # noqa: PLR2004 - number and size
            raise BytesRefusedError(f"{path}, line 1: expected the number of words and their size", _FIX)
        count, size = min(int(first[0]), most_words), int(first[1])
        if not 0 < size <= MOST_SIZE or not count > 0:
            raise BytesRefusedError(f"{path}, line 1: invalid sizes: {first[0].decode()} words of size {size}", _FIX)
        words: dict[bytes, int] = {}
        rows: list[np.ndarray] = []
        for number, line in enumerate(islice(iter(lambda: stream.readline(_LONGEST_LINE), b""), count), start=2):
            word, *values = line.rstrip().rsplit(b" ", size)
            if len(values) != size or not word:
                raise BytesRefusedError(f"{path}, line {number}: expected a word and {size} numbers", _FIX)
            if word not in words:
                words[word] = len(words)
                rows.append(_numbers(values, path, number))
        if number - 1 != count:
            raise BytesRefusedError(f"{path}: it has only {number - 1:,} of {count:,} words", _FIX)
    return WordVectors(tuple(words), np.stack(rows), None)


def _numbers(values: list[bytes], path: Path, line: int) -> np.ndarray:
    try:
        row = np.array(values, "S").astype(np.float32)
    except ValueError as error:
        raise BytesRefusedError(f"{path}, line {line}: {error}", _FIX) from error
    if not np.isfinite(row).all():
        raise BytesRefusedError(f"{path}, line {line}: a number is not finite", _FIX)
    return row
