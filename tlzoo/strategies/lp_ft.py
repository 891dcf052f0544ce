"""Linear probing, then full fine-tuning."""

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
    """Train the head to convergence, then the whole network (LP-FT; Kumar et al. 2022, arXiv 2202.10054).

    Full fine-tuning with a new head distorts the features while the head learns. With a head that fits them
    already, gradients are small, and inputs far from the training data keep good features. It helps most if the
    data in use differ from the training data.
    """

    name: ClassVar[str] = "lp-ft"

    head_rate: HeadRate = Field(default=1e-2, description="learning rate of the linear probe")
    rate: TunedRate = Field(default=1e-4, description="learning rate of the whole network")
    find_rate: bool = Field(default=False, description="choose this rate by a learning-rate range test")
    head_share: float = Field(default=0.6, gt=0, lt=1, description="share of the budget for the linear probe")
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay")
    solver: Solver = Field(
        default="lbfgs", description="fit a linear head to its optimum (lbfgs), or train it by gradients (gradient)"
    )

    def phases(self, job: Job) -> Phases:
        """Yield the phase of the probe, then that of the whole network."""
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
