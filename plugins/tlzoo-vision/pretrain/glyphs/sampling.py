"""Choice of the drawings of each batch, which depends only on seed and step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pretrain.glyphs import classes
from pretrain.glyphs.bank import Bank


@dataclass(frozen=True, slots=True)
class Drawings:
    """Labelled drawings.

    Attributes:
        images: uint8 (N, 48, 48), ink bright.
        labels: int32 (N,), position in the list of classes.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int32]


def labelled(bank: Bank, codes: list[int], *, held_out: bool | None) -> Drawings:
    """Return drawings of the characters `codes` from the held-out fonts, from the others, or (None) from all."""
    places = {code: place for place, code in enumerate(codes)}
    labels = np.asarray([places.get(code, -1) for code in bank.codes.tolist()], np.int32)
    chosen = labels >= 0
    if held_out is not None:
        chosen &= bank.held_out == held_out
    return Drawings(bank.images[chosen], labels[chosen])


class Batches:
    """Random batches: a class is drawn in proportion to the square root of its number of drawings."""

    def __init__(self, drawings: Drawings, batch_size: int, seed: int) -> None:
        counts = np.bincount(drawings.labels).astype(np.float64)
        self._ends = np.cumsum(1.0 / np.sqrt(counts[drawings.labels]))
        self._drawings, self._batch_size, self._seed = drawings, batch_size, seed

    def at(self, step: int) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """Draw the batch of a step: uint8 (B, 48, 48) and int32 (B,)."""
        draws = np.random.default_rng((self._seed, step)).random(self._batch_size)
        rows = np.searchsorted(self._ends, draws * self._ends[-1], side="right")
        rows = np.minimum(rows, len(self._ends) - 1)
        return self._drawings.images[rows], self._drawings.labels[rows]


def training_drawings(bank: Bank) -> Drawings:
    """Return drawings of the committed classes in the training fonts."""
    return labelled(bank, classes.read(), held_out=False)


def held_out_drawings(bank: Bank, count: int = 4096) -> Drawings:
    """Return up to `count` drawings of the committed classes in the held-out fonts."""
    every = labelled(bank, classes.read(), held_out=True)
    rows = np.random.default_rng(0).permutation(len(every.labels))[:count]
    return Drawings(every.images[rows], every.labels[rows])
