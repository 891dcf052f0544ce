"""WordPiece vocabulary, and hashes of its pieces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tlzoo.errors import EntryError

__all__ = ["BEGINNING", "CONTINUATION", "FACTOR", "PREFIX", "Pieces", "pieces_of", "read_vocabulary"]

PREFIX = "##"
BEGINNING, CONTINUATION = 0x2545F4914F6CDD1D, 0x106689D45497FDB5
FACTOR = 0x5851F42D4C957F2D
"""A piece's hash is ``seed * FACTOR^n + c1 * FACTOR^(n-1) + … + cn`` modulo 2^64 (Karp and Rabin 1987). The seed
depends on whether the piece starts a word, and one more character needs one more multiplication."""


class Pieces(NamedTuple):
    """Pieces sorted by hash: int64 (N,), with their positions in the vocabulary, int32 (N,).

    ``longest`` is the length of the longest one in characters.
    """

    numbers: np.ndarray
    ids: np.ndarray
    longest: int


def read_vocabulary(path: Path) -> tuple[str, ...]:
    """Return the tokens of a ``vocab.txt``, one per line; raise EntryError for another format."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EntryError(f"{path} is not a vocabulary: {error}") from error
    tokens = tuple(text.removesuffix("\n").split("\n"))
    if len(set(tokens)) != len(tokens):
        raise EntryError(f"{path} is not a vocabulary: a token is duplicated")
    return tokens


def pieces_of(vocabulary: Sequence[str]) -> Pieces:
    """Return the pieces of a vocabulary; raise EntryError if two of them have the same hash."""
    numbers, ids, longest = [], [], 0
    for position, token in enumerate(vocabulary):
        continues = token.startswith(PREFIX) and token != PREFIX
        letters = token.removeprefix(PREFIX) if continues else token
        if not letters:
            continue
        numbers.append(_number(letters, CONTINUATION if continues else BEGINNING))
        ids.append(position)
        longest = max(longest, len(letters))
    sorting = np.argsort(np.array(numbers, np.uint64).view(np.int64))
    inorder = np.array(numbers, np.uint64).view(np.int64)[sorting]
    if len(np.unique(inorder)) != len(inorder):
        raise EntryError("two pieces of the vocabulary have the same hash", "use another factor")
    return Pieces(inorder, np.array(ids, np.int32)[sorting], longest)


def _number(letters: str, seed: int) -> int:
    number = seed
    for letter in letters:
        number = (number * FACTOR + ord(letter)) % 2**64
    return number
