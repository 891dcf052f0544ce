"""Training in three steps: the head, the top stages, everything."""

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
    """Unfreeze the network in three steps with decreasing learning rates. The default strategy.

    A step that is worse than an earlier one by more than its noise is undone, so the result is at least as good
    as the head alone, as far as the validation split can measure.
    """

    name: ClassVar[str] = "multi-step"

    top_stages: PositiveInt = Field(
        default=1, description="number of stages from the top to unfreeze in the second step"
    )
    rates: tuple[HeadRate, TunedRate, TunedRate] = Field(
        default=(1e-2, 3e-4, 1e-4), description="learning rates of the three steps"
    )
    shares: tuple[PositiveFloat, PositiveFloat, PositiveFloat] = Field(
        default=(0.5, 0.25, 0.25), description="shares of the budget of the three steps"
    )
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay")
    solver: Solver = Field(
        default="lbfgs", description="fit a linear head to its optimum (lbfgs), or train it by gradients (gradient)"
    )

    def phases(self, job: Job) -> Phases:
        """Yield the three steps, without the third if the second unfroze everything."""
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
