"""The head, then the one stage that the data pull at most."""

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

    Which one depends on how the data differ from those of pretraining: changed pixels call for the first stages,
    other classes for the last. The stage is the one with the largest norm of gradients relative to its weights (section
    5.2, relative gradient norm), measured once the head is trained; or name it.
    """

    name: ClassVar[str] = "surgical"

    stage: str | None = Field(default=None, description="the stage to train; None for the one found by its gradients")
    head_rate: HeadRate = Field(default=1e-2, description="learning rate of the head's own phase")
    rate: TunedRate = Field(default=3e-4, description="learning rate of the stage and the head")
    head_share: float = Field(default=0.5, gt=0, lt=1, description="share of the budget for the head's own phase")
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay")
    solver: Solver = Field(
        default="lbfgs", description="fit a linear head alone to its optimum (lbfgs), or descend (gradient)"
    )

    def phases(self, job: Job) -> Phases:
        """Yield the head's phase, then the one of the chosen stage."""
        if self.stage is not None:
            stages(self.stage).paths(job.parts)  # a stage that is not there is told before the head trains
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
