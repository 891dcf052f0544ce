"""Samples with the outputs of a head that was not fitted to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.tasks import Labels

__all__ = ["HeldOut"]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Labels (N, …) of held-out samples, with the outputs of their head, float32 (N, …, outputs)."""

    labels: Labels
    outputs: np.ndarray
