"""Pairs of samples in a batch for MixUp and CutMix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Pairing"]

_ROWS = 2


@dataclass(frozen=True, slots=True)
class Pairing:
    """Pairs of a batch: ``partners``, int64 (batch,), indices into it.

    ``shares``, float32 (batch,), is the part of the target that each sample keeps. ``boxes`` int32 (batch, 4), top,
    left, bottom and right in pixels, is the box that CutMix takes from the partner; None for MixUp, which blends by the
    shares.
    """

    partners: np.ndarray
    shares: np.ndarray
    boxes: np.ndarray | None

    def truth(self, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return targets (batch, outputs) and weights (batch,), float32, mixed like the samples.

        For a loss that is linear in the target, the loss of a mixed sample is the mean of both samples' weighted
        losses. Of maps (batch, height, width), a sample takes the box of its partner.
        """
        if targets.ndim > _ROWS:
            return self._maps(targets), weights
        own, other = self.shares * weights, (1 - self.shares) * weights[self.partners]
        total = own + other
        share = np.divide(own, total, out=self.shares.copy(), where=total > 0)[:, np.newaxis]
        return share * targets + (1 - share) * targets[self.partners], total

    def _maps(self, targets: np.ndarray) -> np.ndarray:
        assert self.boxes is not None, "MixUp is refused for maps"
        taken = targets.copy()
        for row, (partner, (top, left, bottom, right)) in enumerate(zip(self.partners, self.boxes, strict=True)):
            taken[row, top:bottom, left:right] = targets[partner, top:bottom, left:right]
        return taken
