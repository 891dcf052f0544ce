"""Augmentation of batches of prepared samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.modalities.augmentation.options import Augmentation
    from tlzoo.modalities.augmentation.pairing import Pairing

__all__ = ["Augmenter", "MovesBoxes", "MovesMaps"]


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


@runtime_checkable
class MovesMaps(Protocol):
    """Optional method of augmenters, for tasks whose targets are maps: declared by ``Augmentation.moves``."""

    def moved_maps(self, maps: np.ndarray, base: int, samples: np.ndarray) -> Any:
        """Return label maps (batch, height, width) float32, moved as ``Augmenter.__call__`` moves the samples.

        Values are copied without interpolation.
        """
        ...


@runtime_checkable
class MovesBoxes(Protocol):
    """Optional method of augmenters, for tasks whose targets are boxes: declared by ``Augmentation.moves``."""

    def moved_boxes(self, boxes: np.ndarray, base: int, samples: np.ndarray) -> Any:
        """Return boxes (batch, boxes, columns) float32, moved as ``Augmenter.__call__`` moves the samples.

        Rows without a box, and those of boxes that are cut off, are -1. See ``Task.output_form``.
        """
        ...
