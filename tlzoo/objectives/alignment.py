"""Base class of objectives that align source and target."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, PositiveFloat

from tlzoo.objectives.contract import Objective, Reached, Step

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Alignment"]


class Alignment(Objective):
    """The task's loss plus ``weight`` times a distance between the source's and the target's distributions."""

    uses_target: ClassVar[bool] = True

    weight: PositiveFloat = Field(default=1.0, description="factor on the distance")
    at: Literal["features", "outputs"] = Field(
        default="features", description="aligned tensors: before (features) or after (outputs) the head's last layer"
    )

    def value(self, step: Step) -> tf.Tensor:
        """Return the sum of loss and weighted distance."""
        return step.loss + self.weight * self.distance(step)

    def learns_features(self) -> bool:
        """Return whether features are compared: some of their variables must train."""
        return self.at == "features"

    @abstractmethod
    def distance(self, step: Step) -> tf.Tensor:
        """Return the distance of the two batches, a scalar to minimize."""

    def compared(self, step: Step) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the compared tensors of source and target: two (batch, width), float32."""
        assert step.target is not None, "an objective that uses the target is given one"
        return self._of(step.source), self._of(step.target)

    def _of(self, reached: Reached) -> tf.Tensor:
        return reached.features if self.at == "features" else reached.outputs
