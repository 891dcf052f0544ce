"""Surgical fine-tuning: the head, then the stage with the largest relative gradient."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from tlzoo.backbones.selection import head, stages
from tlzoo.strategies.advice import HeadRate, TunedRate
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.job import Job
from tlzoo.strategies.phase import Phase, Share, Solver
from tlzoo.strategies.probes import GradientNorms

__all__ = ["Surgical"]


class Surgical(Strategy):
    """Fine-tune one stage and the head (surgical fine-tuning; Lee et al. 2022, arXiv 2210.11466).

    The best stage depends on how the data differ from those of pretraining: changed pixels need the first stages,
    other classes the last. By default, it is the one with the largest norm of gradients relative to its weights
    (section 5.2, relative gradient norm), measured after the head phase.
    """

    name: ClassVar[str] = "surgical"

    stage: str | None = Field(
        default=None, description="the stage to train; None: the one with the largest relative gradient"
    )
    head_rate: HeadRate = Field(default=1e-2, description="learning rate of the head phase")
    rate: TunedRate = Field(default=3e-4, description="learning rate of the stage and the head")
    head_share: float = Field(default=0.5, gt=0, lt=1, description="share of the budget for the head phase")
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay")
    solver: Solver = Field(
        default="lbfgs", description="fit a linear head to its optimum (lbfgs), or train it by gradients (gradient)"
    )

    def phases(self, job: Job) -> Phases:
        """Yield the head phase, then the phase of the chosen stage."""
        if self.stage is not None:
            stages(self.stage).paths(job.parts)  # refuse an unknown stage before the head trains
        yield Phase(
            name="head",
            train=head(),
            budget=Share(self.head_share),
            rates=self.head_rate,
            weight_decay=self.weight_decay,
            solver=self.solver,
        )
        chosen = self.stage
        if chosen is None:
            norms = job.probe(GradientNorms())
            candidates = [name for name, paths in job.parts.stages.items() if paths]
            chosen = max(candidates, key=norms.number)
        yield Phase(
            name=f"surgery on {chosen}",
            train=head() | stages(chosen),
            budget=Share(1 - self.head_share),
            rates=self.rate,
            warmup=0.1,
            weight_decay=self.weight_decay,
        )
        return None
