"""The Head contract: the layers on top of a backbone for a task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tlzoo.backbones.features import Pooling
from tlzoo.heads.inputs import Level, Takes
from tlzoo.tasks.contract import OutputForm

if TYPE_CHECKING:
    import keras
    import numpy as np

    from tlzoo.tasks import Task

__all__ = ["Head"]


class Head(BaseModel, ABC):
    """Base class of heads. Its fields are options, in a recipe and as ``-H key=value``.

    ``takes`` is the kind of features for the head. For a vector, tlzoo pools the backbone's features before it caches
    them, so they are small. Pooling has no parameters and is not part of ``build``. Other heads get the unpooled
    features of the backbone, which are cached if they fit the cache budget.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    """The name in recipes."""

    takes: ClassVar[Takes] = "vector"
    """The kind of its input features.

    ``"vector"``: pooled features. ``"map"``: the backbone's last map. ``"sequence"``: the backbone's tokens with their
    mask, or the cells of its map, row by row, without one. ``"pyramid"``: the maps of the backbone's stages,
    from input to output.
    """

    output_form: ClassVar[OutputForm] = "vector"
    """The form of its outputs, the same as the ``output_form`` of the tasks that it is for.

    ``"vector"``: (batch, outputs). ``"map"``: (batch, height, width, outputs), of any height and width.
    ``"boxes"``: (batch, candidates, outputs), of any number of candidates. ``"sequence"``: (batch, positions, outputs),
    the positions of its input, which is a sequence.
    """

    trainer: ClassVar[str | None] = None
    """The name of its trainer in ``tlzoo_trainers``; None for that of the data's task."""

    advises: ClassVar[Mapping[str, float | str]] = MappingProxyType({})
    """Defaults of strategy options with this head, if those for supervised learning do not fit.

    ``head_rate`` is the learning rate of a new head on a frozen backbone, ``tuned_rate`` that of pretrained variables,
    ``head_share`` the share of the budget in which the head trains alone, and ``unfreeze`` the stages that train after
    that: options declared as ``HeadRate``, ``TunedRate``, ``HeadShare`` and ``Unfreeze`` (``tlzoo.strategies``).
    """

    pooling: Pooling = Field(
        default="declared", description="pooling of features to one vector; declared: that of the backbone"
    )

    @model_validator(mode="after")
    def _pooling_is_for_vectors(self) -> Self:
        if self.takes != "vector" and self.pooling != "declared":
            raise ValueError(f"pooling {self.pooling!r} does not apply to a head that takes a {self.takes}")
        return self

    def wanted_stages(self, stages: Sequence[str]) -> Sequence[str]:
        """Return the names of the stages for a head on a pyramid.

        ``stages`` are those of the backbone with a map, from input to output.
        """
        return stages

    def wanted_levels(self, levels: Sequence[Level]) -> Sequence[str]:
        """Return the names of the stages for a head on a pyramid that chooses them by the size of their maps.

        ``levels`` are the maps of the backbone's stages, from input to output. By default ``wanted_stages``.
        """
        return self.wanted_stages(tuple(level.stage for level in levels))

    @abstractmethod
    def build(self, shape: Any, task: Task, seed: int) -> keras.Model:
        """Return a new model from features to outputs (batch, outputs of the task), float32.

        Outputs are logits, or standardized numbers. With another ``output_form`` than "vector" they have more axes, and
        the last one has the outputs of the task.
        Every initializer and dropout takes its seed from ``seed``, so that a head is reproducible.

        ``takes`` determines ``shape`` and the model's inputs, all float32 except the mask:

        - vector: the number of features, an int; (batch, features).
        - map: a ``MapShape``; (batch, height, width, channels).
        - sequence: a ``SequenceShape``; (batch, length, size), and if it is masked a bool (batch, length).
        - pyramid: a tuple of ``Level``, from input to output; one map for each level.

        A head with unknown height, width or length (``keras.Input((None, None, channels))``) also supports
        phases with images of another size.
        """

    def as_dense(self, weights: Mapping[str, np.ndarray], task: Task) -> tuple[np.ndarray, np.ndarray] | None:  # noqa: ARG002 - for those who can
        """Return a trained head as one dense layer, kernel (size, S) and bias (S,), that returns class logits.

        The classes are those of the task, or other choices. ``weights`` are the trained variables of ``build``
        by path. None if it is not such a layer, the default: a published run stores such a layer. Only heads on
        vectors are used.
        """
        return None
