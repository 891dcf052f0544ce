"""What a head is: the layers put on a backbone for a task, with its loss and metrics."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tlzoo.backbones.features import Pooling
from tlzoo.heads.inputs import Takes

if TYPE_CHECKING:
    import keras
    import numpy as np

    from tlzoo.tasks import Task

__all__ = ["Head"]


class Head(BaseModel, ABC):
    """The layers put on a backbone. A head's fields are its options, in a recipe and as ``-H key=value``.

    ``takes`` says what the head is built for. For a vector the engine pools the backbone's features before it caches
    them, so that they are small. Pooling has no parameters and is no part of ``build``. Other heads get the features as
    the backbone gives them, and those are cached where they fit the cache budget.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    """How a recipe calls it."""

    takes: ClassVar[Takes] = "vector"
    """The features that it takes.

    ``"vector"``: pooled features. ``"map"``: the backbone's last map. ``"sequence"``: the backbone's tokens with their
    mask, or the cells of its map, row by row, without one. ``"pyramid"``: the maps that leave the backbone's stages,
    from input to output.
    """

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

    @model_validator(mode="after")
    def _pooling_is_for_vectors(self) -> Self:
        if self.takes != "vector" and self.pooling != "declared":
            raise ValueError(f"pooling {self.pooling!r} does not apply to a head that takes a {self.takes}")
        return self

    def wanted_stages(self, stages: Sequence[str]) -> Sequence[str]:
        """Return the names of the stages whose maps a head on a pyramid takes.

        ``stages`` are those of the backbone that give a map, from input to output.
        """
        return stages

    @abstractmethod
    def build(self, shape: Any, task: Task, seed: int) -> keras.Model:
        """Return a new model from features to outputs (batch, outputs of the task), float32.

        Outputs are logits, or numbers in units of their standard deviation from their mean.
        Every initializer and every dropout takes its seed from ``seed``, so that one seed gives one head.

        ``shape`` follows from ``takes``, and so do the model's inputs, all float32 but the mask:

        - vector: the number of features, an int; (batch, features).
        - map: a ``MapShape``; (batch, height, width, channels).
        - sequence: a ``SequenceShape``; (batch, length, size), and if it is masked a bool (batch, length).
        - pyramid: a tuple of ``Level``, from input to output; one map for each level.

        A head whose inputs leave height, width or length open (``keras.Input((None, None, channels))``) also serves
        phases with images of another size.
        """

    def as_dense(self, weights: Mapping[str, np.ndarray], task: Task) -> tuple[np.ndarray, np.ndarray] | None:  # noqa: ARG002 - for those who can
        """Return a trained head as one dense layer, kernel (size, S) and bias (S,), whose softmax are odds.

        They are those of the task's classes, or other choices. ``weights`` are the variables of ``build`` that were
        trained, by path. None where it is no such layer, as here: a published run keeps what is one. Only heads on
        vectors are asked.
        """
        return None
