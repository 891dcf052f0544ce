"""Columns of candidates: the outputs of a detector for each cell of its levels."""

from __future__ import annotations

from typing import Any

__all__ = ["CELL", "FIRST_DISTANCE", "FIRST_LOGIT", "INITIAL_DISTANCE", "corners"]

CELL = 2
"""The first column of the width and height of the cell; the columns before are the x and y of its centre. All four are
shares of the sides of the image, and constants: with them, loss and suppression need not know the levels."""

FIRST_DISTANCE = 4
"""The first column of the distances from the centre to left, top, right and bottom, before softplus, in cells."""

FIRST_LOGIT = 8

INITIAL_DISTANCE = 1.8545865
"""The inverse softplus of 2: boxes of new detectors have sides of four cells, those that their level is for."""


def corners(candidates: Any) -> Any:
    """Return left, top, right and bottom (batch, N, 4) of candidates (batch, N, 8 + classes), as shares of sides."""
    from keras import ops

    centre, cell = candidates[..., :CELL], candidates[..., CELL:FIRST_DISTANCE]
    distances = ops.softplus(candidates[..., FIRST_DISTANCE:FIRST_LOGIT])
    return ops.concatenate([centre - distances[..., :2] * cell, centre + distances[..., 2:] * cell], axis=-1)
