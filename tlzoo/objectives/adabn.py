"""AdaBN: BatchNorm with the statistics of a domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from tlzoo.objectives.contract import Objective, Step

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["AdaBN"]


class AdaBN(Objective):
    """Adaptive batch normalization (Li et al. 2016, arXiv 1603.04779, algorithm 1).

    Nothing is trained: mean and variance of every unit of BatchNorm are measured over a domain's inputs,
    and replace the moving averages selected by the phase's ``train``. One pass over the domain is enough for all
    layers: each batch is normalized by its own statistics, and the batches' statistics are pooled
    (the variance is the mean of the variances plus the variance of the means). For a single batch, and for the lowest
    layers of any, this is the algorithm; for other layers it differs as much as batches do.
    """

    measures_statistics: ClassVar[bool] = True

    domain: Literal["source", "target"] = Field(default="target", description="domain of the measured inputs")

    def needs_target(self) -> bool:
        """Return whether the target's inputs are measured."""
        return self.domain == "target"

    def value(self, step: Step) -> tf.Tensor:
        """Return the task's loss, which the phase does not use."""
        return step.loss

    @model_serializer(mode="wrap")
    def _named(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write the name last, as in journals of 0.1: a resumed phase must have the same digest."""
        return {**handler(self), "kind": self._journal_name()}
