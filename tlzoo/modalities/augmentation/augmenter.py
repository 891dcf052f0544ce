"""Augmentation of batches of prepared samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.modalities.augmentation.options import Augmentation
    from tlzoo.modalities.augmentation.pairing import Pairing

__all__ = ["Augmenter"]


class Augmenter(Protocol):
    """Augments batches of samples. Random values depend on ``base`` and the sample, not on the batch."""

    @property
    def options(self) -> Augmentation:
        """The options."""
        ...

    def __call__(self, batch: Any, base: int, samples: np.ndarray) -> Any:
        """Return a batch of the same shape and dtype; ``samples`` (batch,) are indices into the data set."""
        ...

    def pairing(self, draw: np.random.Generator, batch: int) -> Pairing | None:
        """Draw the pairs to mix in a batch of this size; None without mixing."""
        ...

    def mixed(self, batch: Any, pairs: Pairing) -> Any:
        """Return a batch mixed by pairs."""
        ...
