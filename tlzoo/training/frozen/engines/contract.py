"""What a frozen engine is: it takes a Keras model whose weights stay, and gives back a fast function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tlzoo.errors import TrainingError

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.training.frozen.engines.agreement import Tolerance

__all__ = ["Engine", "EngineUnfitError", "Run"]


class Run(Protocol):
    """A compiled model: from a batch (batch, …) to one array (batch, …) for each output; any batch size."""

    def __call__(self, batch: np.ndarray) -> list[np.ndarray]:
        """Return the outputs for one batch."""
        ...

    def over(self, batches: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
        """Yield the outputs for each batch, in order; the next ones may be read and computed meanwhile."""
        ...


class EngineUnfitError(TrainingError):
    """An engine is not installed, cannot take this model, or computes something else: TensorFlow is used instead."""


class Engine(Protocol):
    """Compiles a model for inference with the weights that it has now; later changes of them are not seen."""

    @property
    def name(self) -> str:
        """What plans say; part of the address of what is kept."""
        ...

    @property
    def tolerance(self) -> Tolerance:
        """How far from TensorFlow its outputs may lie."""
        ...

    def compile(self, below: keras.Model, signature: tf.TensorSpec) -> Run:
        """Return what computes ``below`` in inference mode.

        ``below`` has one input, of which ``signature`` says shape, with None for the batch, and dtype. Its outputs keep
        their order and dtypes. Raises EngineUnfitError where the engine cannot do it.
        """
        ...
