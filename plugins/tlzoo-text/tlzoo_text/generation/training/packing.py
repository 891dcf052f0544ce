"""Packing of pairs into rows of equal length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tlzoo_text.generation.tokens import Pairs

__all__ = ["Rows", "pack", "rows_of"]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of tokens, each array (rows, length).

    ``tokens``, ``positions`` (from 0 in each pair) and ``targets`` (the next tokens) are int32. ``segments`` (int32)
    numbers the pairs of a row from 1; 0 is padding. ``weights`` (float32) is 1 where the target is a token of a
    completion or the end token, and otherwise 0. ``owners`` (int32) is the number of the pair, -1 for padding.
    """

    tokens: np.ndarray
    positions: np.ndarray
    segments: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    owners: np.ndarray

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.tokens)

    def batch(self, rows: np.ndarray, size: int) -> tuple[np.ndarray, ...]:
        """Return tokens, positions, segments, targets and weights of some rows, with empty rows up to ``size``."""
        arrays = (self.tokens, self.positions, self.segments, self.targets, self.weights)
        return tuple(np.pad(each[rows], ((0, size - len(rows)), (0, 0))) for each in arrays)


def pack(lengths: list[int], length: int) -> list[list[int]]:
    """Return the items of each row: every item goes into the fullest row with enough room.

    Best fit is at most 70 % above the optimal number of rows (Johnson et al. 1974, DOI 10.1137/0203025).

    >>> pack([5, 4, 3, 2], 8)
    [[0, 2], [1, 3]]

    Args:
        lengths: The length of each item, at most ``length``.
        length: The length of a row.

    Returns:
        The positions of the items of each row.
    """
    rows: list[list[int]] = []
    with_room: list[list[int]] = [[] for _ in range(length + 1)]
    for item, size in enumerate(lengths):
        room = next((each for each in range(size, length + 1) if with_room[each]), None)
        if room is None:
            rows.append([])
            row, room = len(rows) - 1, length
        else:
            row = with_room[room].pop(0)
        rows[row].append(item)
        with_room[room - size].append(row)
    return rows


def rows_of(pairs: Pairs, length: int, *, packing: bool) -> Rows:
    """Return rows of this length with the pairs, one in each row without ``packing``."""
    sizes = [len(each) for each in pairs.tokens]
    placed = pack(sizes, length) if packing else [[item] for item in range(len(sizes))]
    shape = (len(placed), length)
    tokens, positions, segments, targets = (np.zeros(shape, np.int32) for _ in range(4))
    weights, owners = np.zeros(shape, np.float32), np.full(shape, -1, np.int32)
    for row, items in enumerate(placed):
        at = 0
        for number, item in enumerate(items):
            own, size = pairs.tokens[item], sizes[item]
            tokens[row, at : at + size] = own
            positions[row, at : at + size] = np.arange(size)
            segments[row, at : at + size] = number + 1
            targets[row, at : at + size - 1] = own[1:]
            weights[row, at + pairs.begins[item] - 1 : at + size - 1] = 1.0
            owners[row, at : at + size] = item
            at += size
    return Rows(tokens, positions, segments, targets, weights, owners)
