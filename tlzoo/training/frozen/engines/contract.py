"""The contract of frozen engines, which compile a Keras model with constant weights to a fast function."""

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
        """Yield the outputs for each batch, in order; the next batches may be read and computed in parallel."""
        ...


class EngineUnfitError(TrainingError):
    """An engine is not installed, does not support the model, or disagrees: TensorFlow is used instead."""


class Engine(Protocol):
    """Compiles a model for inference with its present weights; later changes have no effect."""

    @property
    def name(self) -> str:
        """The name in plans, and part of the cache key."""
        ...

    @property
    def tolerance(self) -> Tolerance:
        """Tolerance of differences from TensorFlow."""
        ...

    def compile(self, below: keras.Model, signature: tf.TensorSpec) -> Run:
        """Return ``below`` compiled for inference.

        ``below`` has one input; ``signature`` has its shape, with None for the batch, and dtype. Its outputs keep
        their order and dtypes. Raises EngineUnfitError if the engine does not support it.
        """
        ...
