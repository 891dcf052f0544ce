"""Gradual unfreezing from the top, with lower learning rates for lower stages."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, PositiveFloat, PositiveInt

from tlzoo.backbones.selection import head, stages_from
from tlzoo.strategies.advice import HeadRate
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.job import Job
from tlzoo.strategies.phase import Phase, Share, Solver
from tlzoo.strategies.rates import layerwise

__all__ = ["GradualUnfreezing"]


class GradualUnfreezing(Strategy):
    """Unfreeze a few stages at a time from the top, with discriminative learning rates (ULMFiT, arXiv 1801.06146).

    After Howard and Ruder 2018, section 3.3: gradual unfreezing, discriminative rates (each stage ``decay`` times the
    one above) and slanted triangular rates. A step that is worse than an earlier one by more than its noise is
    undone. A backbone with many stages is unfrozen in ``steps`` groups of about the same number of stages.
    """

    name: ClassVar[str] = "gradual-unfreezing"

    steps: PositiveInt = Field(default=4, description="largest number of unfreezing steps")
    head_rate: HeadRate = Field(default=1e-2, description="learning rate of the head phase")
    rate: PositiveFloat = Field(default=1e-3, description="learning rate of the head after unfreezing")
    decay: float = Field(
        default=1 / 2.6, gt=0, le=1, description="factor on the rate from each stage to the one below it"
    )
    head_share: float = Field(default=0.3, gt=0, lt=1, description="share of the budget for the head phase")
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay")
    solver: Solver = Field(
        default="lbfgs", description="fit a linear head to its optimum (lbfgs), or train it by gradients (gradient)"
    )

    def phases(self, job: Job) -> Phases:
        """Yield the head phase, then one for each group of stages; the last trains everything."""
        yield Phase(
            name="head",
            train=head(),
            budget=Share(self.head_share),
            rates=self.head_rate,
            schedule="slanted-triangular",
            weight_decay=self.weight_decay,
            solver=self.solver,
        )
        lowest = _lowest_of_each([name for name, paths in job.parts.stages.items() if paths], self.steps)
        for name in lowest:
            yield Phase(
                name=f"down to {name}",
                train=head() | stages_from(name),
                budget=Share((1 - self.head_share) / len(lowest)),
                rates=layerwise(job.parts, self.rate, self.decay),
                schedule="slanted-triangular",
                weight_decay=self.weight_decay,
            )
        return None


def _lowest_of_each(names: list[str], steps: int) -> list[str]:
    """Return the lowest stage of each of ``steps`` even groups, from the top group to the bottom one."""
    count = min(steps, len(names))
    return [names[len(names) - round(len(names) * step / count)] for step in range(1, count + 1)]
