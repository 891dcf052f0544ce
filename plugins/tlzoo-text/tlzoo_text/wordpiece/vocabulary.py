"""A WordPiece vocabulary, and its pieces by a number computed from their characters."""

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
"""A piece's number is ``seed * FACTOR^n + c1 * FACTOR^(n-1) + … + cn`` modulo 2^64 (Karp and Rabin 1987): by its
beginning it tells whether the piece begins a word, and a piece one character longer takes one multiplication more."""


class Pieces(NamedTuple):
    """Pieces in the order of their numbers: int64 (N,), with their positions in the vocabulary, int32 (N,).

    ``longest`` is the number of characters of the longest one.
    """

    numbers: np.ndarray
    ids: np.ndarray
    longest: int


def read_vocabulary(path: Path) -> tuple[str, ...]:
    """Return the tokens of a ``vocab.txt``, one a line; raise EntryError for what is not one."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EntryError(f"{path} is not a vocabulary: {error}") from error
    tokens = tuple(text.removesuffix("\n").split("\n"))
    if len(set(tokens)) != len(tokens):
        raise EntryError(f"{path} is not a vocabulary: a token comes twice")
    return tokens


def pieces_of(vocabulary: Sequence[str]) -> Pieces:
    """Return the pieces of a vocabulary; raise EntryError where two of them would have one number."""
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
        raise EntryError("two pieces of the vocabulary have one number", "another factor is needed")
    return Pieces(inorder, np.array(ids, np.int32)[sorting], longest)


def _number(letters: str, seed: int) -> int:
    number = seed
    for letter in letters:
        number = (number * FACTOR + ord(letter)) % 2**64
    return number
