"""The head, then the top stages, then everything, each at a lower rate."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, PositiveFloat, PositiveInt

from tlzoo.backbones.selection import Selection, everything, head, top
from tlzoo.strategies.advice import HeadRate, TunedRate
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.job import Job
from tlzoo.strategies.phase import Phase, Share, Solver

__all__ = ["MultiStep"]


class MultiStep(Strategy):
    """Three steps, each opening more of the network at a lower rate. The default.

    A step that ends worse than an earlier one by more than its noise is undone, so that the result is at least as good
    as the head alone as far as the validation split can tell.
    """

    name: ClassVar[str] = "multi-step"

    top_stages: PositiveInt = Field(default=1, description="stages from the top that the second step opens")
    rates: tuple[HeadRate, TunedRate, TunedRate] = Field(
        default=(1e-2, 3e-4, 1e-4), description="learning rates of the three steps"
    )
    shares: tuple[PositiveFloat, PositiveFloat, PositiveFloat] = Field(
        default=(0.5, 0.25, 0.25), description="shares of the budget of the three steps"
    )
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay")
    solver: Solver = Field(
        default="lbfgs", description="fit a linear head alone to its optimum (lbfgs), or descend (gradient)"
    )

    def phases(self, job: Job) -> Phases:
        """Yield the three steps; the third is left out where the second opened everything already."""
        steps: list[tuple[str, Selection, float]] = [
            ("head", head(), 0.0),
            ("top", head() | top(self.top_stages), 0.1),
            ("everything", everything(), 0.1),
        ]
        opened: frozenset[str] = frozenset()
        for (name, train, warmup), rate, share in zip(steps, self.rates, self.shares, strict=True):
            paths = train.paths(job.parts)
            if paths == opened:
                continue
            opened = paths
            yield Phase(
                name=name,
                train=train,
                budget=Share(share),
                rates=rate,
                warmup=warmup,
                weight_decay=self.weight_decay,
                solver=self.solver if name == "head" else "gradient",
            )
        return None
