"""Which pictures go into which batch: a function of seed and step alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pretrain.colour.bank import Bank


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of the bank, and scenes to put behind them.

    Attributes:
        images: uint8 (B, 72, 72, 4).
        scenes: uint8 (2 B, 72, 72, 4): a background for each of two views.
        words: int32 (B, 16), filled up with -1.
        formulas: int32 (B,), -1 for what no formula made.
    """

    images: NDArray[np.uint8]
    scenes: NDArray[np.uint8]
    words: NDArray[np.int32]
    formulas: NDArray[np.int32]


class Batches:
    """Batches of fixed shares of things, scenes and formulas.

    Among the things a group (package and folder) is drawn in proportion to the square root of its size.
    """

    def __init__(self, bank: Bank, shares: tuple[float, float, float], batch_size: int, seed: int) -> None:
        things, self._scenes, _ = bank.counts.tolist()
        sizes = np.bincount(bank.groups)[bank.groups[:things]]
        self._ends = np.cumsum(1.0 / np.sqrt(sizes))
        self._starts = np.cumsum([0, *bank.counts.tolist()])
        self._bank, self._seed = bank, seed
        kept = np.cumsum([0.0, *shares]) / sum(shares) * batch_size
        self._counts = np.diff(np.round(kept)).astype(int)

    def at(self, step: int) -> Batch:
        """Draw the batch of a step."""
        random = np.random.default_rng((self._seed, step))
        things = np.searchsorted(self._ends, random.random(self._counts[0]) * self._ends[-1], side="right")
        scenes, made = (
            random.integers(self._starts[kind], self._starts[kind + 1], self._counts[kind]) for kind in (1, 2)
        )
        rows = np.concatenate([np.minimum(things, len(self._ends) - 1), scenes, made])
        behind = random.integers(self._starts[1], self._starts[2], 2 * len(rows))
        images = self._bank.images
        return Batch(
            images[rows],
            images[behind],
            self._bank.words[rows].astype(np.int32),
            self._bank.formulas[rows].astype(np.int32),
        )
