"""An augmentation at work on batches of prepared samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.modalities.augmentation.options import Augmentation
    from tlzoo.modalities.augmentation.pairing import Pairing

__all__ = ["Augmenter"]


class Augmenter(Protocol):
    """Changes batches of samples. What it draws is a function of ``base`` and of each sample, whatever the batch."""

    @property
    def options(self) -> Augmentation:
        """What it does."""
        ...

    def __call__(self, batch: Any, base: int, samples: np.ndarray) -> Any:
        """Return a batch of the same shape and dtype; ``samples`` (batch,) are positions in the data set."""
        ...

    def pairing(self, draw: np.random.Generator, batch: int) -> Pairing | None:
        """Draw who is mixed with whom in a batch of this size; None where nothing is."""
        ...

    def mixed(self, batch: Any, pairs: Pairing) -> Any:
        """Return a batch mixed as the pairs say."""
        ...
