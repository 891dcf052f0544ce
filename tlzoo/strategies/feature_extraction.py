"""Train the head on a frozen backbone."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from tlzoo.backbones.selection import head
from tlzoo.strategies.advice import HeadRate
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.job import Job
from tlzoo.strategies.phase import Phase, Solver

__all__ = ["FeatureExtraction"]


class FeatureExtraction(Strategy):
    """Train only the head on a frozen backbone (linear probing; Donahue et al. 2014, arXiv 1310.1531).

    The features of every sample are computed once. Suitable for few labels, and as a first try.
    """

    name: ClassVar[str] = "feature-extraction"

    rate: HeadRate = Field(default=1e-2, description="learning rate of the head")
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay of the head")
    solver: Solver = Field(
        default="lbfgs", description="fit a linear head to its optimum (lbfgs), or train it by gradients (gradient)"
    )

    def phases(self, job: Job) -> Phases:  # noqa: ARG002 - the same for every job
        """Yield one phase."""
        yield Phase(name="head", train=head(), rates=self.rate, weight_decay=self.weight_decay, solver=self.solver)
        return None
