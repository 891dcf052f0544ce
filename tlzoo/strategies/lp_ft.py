"""A linear probe to its end, then everything from there."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from tlzoo.backbones.selection import everything, head
from tlzoo.strategies.advice import HeadRate, TunedRate
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.job import Job
from tlzoo.strategies.phase import Phase, Share, Solver
from tlzoo.strategies.probes import RateRange

__all__ = ["LinearProbeThenFineTune"]


class LinearProbeThenFineTune(Strategy):
    """Train the head to its end, then the whole network from there (LP-FT; Kumar et al. 2022, arXiv 2202.10054).

    Full fine-tuning under a new head distorts the features while the head still learns; under a head that fits them
    already the gradients are small, and what is far from the training data keeps good features. It pays most where the
    data of use differ from the data of training.
    """

    name: ClassVar[str] = "lp-ft"

    head_rate: HeadRate = Field(default=1e-2, description="learning rate of the linear probe")
    rate: TunedRate = Field(default=1e-4, description="learning rate of the whole network")
    find_rate: bool = Field(default=False, description="choose that rate by a learning-rate range test")
    head_share: float = Field(default=0.6, gt=0, lt=1, description="share of the budget for the linear probe")
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay")
    solver: Solver = Field(
        default="lbfgs", description="fit a linear head alone to its optimum (lbfgs), or descend (gradient)"
    )

    def phases(self, job: Job) -> Phases:
        """Yield the probe's phase, then everything's."""
        yield Phase(
            name="linear probe",
            train=head(),
            budget=Share(self.head_share),
            rates=self.head_rate,
            weight_decay=self.weight_decay,
            solver=self.solver,
        )
        rate = job.probe(RateRange(train=everything())).number("suggested") if self.find_rate else self.rate
        yield Phase(
            name="fine-tune",
            train=everything(),
            budget=Share(1 - self.head_share),
            rates=rate,
            warmup=0.1,
            weight_decay=self.weight_decay,
        )
        return None
