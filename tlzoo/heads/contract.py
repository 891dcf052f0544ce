"""What a head is: the layers put on a backbone for a task, with its loss and metrics."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from tlzoo.backbones.features import Pooling

if TYPE_CHECKING:
    import keras
    import numpy as np

    from tlzoo.data import Task

__all__ = ["Head"]


class Head(BaseModel, ABC):
    """The layers put on a backbone. A head's fields are its options, in a recipe and as ``-H key=value``.

    The pooling from the backbone's features to one vector a sample has no parameters and is no part of ``build``: the
    engine does it before it stores features, so that they are small.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    """How a recipe calls it."""

    trainer: ClassVar[str | None] = None
    """The trainer that runs its phases, as ``tlzoo_trainers`` calls it; None for the one of the data's kind of task."""

    advises: ClassVar[Mapping[str, float]] = MappingProxyType({})
    """Defaults for a strategy's options under this head, where those of learning from labels would be wrong.

    ``head_rate`` is the one for a new head that trains alone, ``tuned_rate`` that for what was learned before: what a
    strategy declares as ``HeadRate`` and ``TunedRate`` (``tlzoo.strategies``).
    """

    pooling: Pooling = Field(
        default="declared", description="features to one vector: declared by the backbone, or another way"
    )

    @abstractmethod
    def build(self, size: int, task: Task, seed: int) -> keras.Model:
        """Return a new model from pooled features (batch, size) float32 to outputs (batch, outputs of the task).

        Outputs are logits, or numbers in units of their standard deviation from their mean.
        Every initializer and every dropout takes its seed from ``seed``, so that one seed gives one head.
        """

    def as_dense(self, weights: Mapping[str, np.ndarray], task: Task) -> tuple[np.ndarray, np.ndarray] | None:  # noqa: ARG002 - for those who can
        """Return a trained head as one dense layer, kernel (size, S) and bias (S,), whose softmax are odds.

        They are those of the task's classes, or other choices. ``weights`` are the variables of ``build`` that were
        trained, by path. None where it is no such layer, as here: a published run keeps what is one.
        """
        return None
