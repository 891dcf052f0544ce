"""Training from random weights, the baseline of transfer."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, PositiveFloat

from tlzoo.backbones.selection import everything
from tlzoo.errors import TrainingError
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.job import Job
from tlzoo.strategies.phase import Phase, PhaseResult

__all__ = ["FromScratch"]


class FromScratch(Strategy):
    """Train everything from random weights: the baseline of every comparison.

    Each of three learning rates gets the whole budget, from the same initial weights, and the one with the best
    validation score is kept; a baseline with one untuned rate would favour the transfer. Diverging rates are dropped.
    Without a validation split the middle rate is used.
    """

    name: ClassVar[str] = "from-scratch"
    weights: ClassVar[Literal["pretrained", "random"]] = "random"

    rates: tuple[PositiveFloat, PositiveFloat, PositiveFloat] = Field(
        default=(3e-4, 1e-3, 3e-3), description="the learning rates to choose from"
    )
    weight_decay: float = Field(default=0.05, ge=0, description="decoupled weight decay")

    def phases(self, job: Job) -> Phases:
        """Yield a phase for each rate; return the one with the best score."""
        rates = self.rates if job.has_validation else (sorted(self.rates)[1],)
        results: list[PhaseResult] = []
        diverged: TrainingError | None = None
        for rate in rates:
            try:
                result = yield Phase(
                    name=f"rate {rate:g}",
                    train=everything(),
                    rates=rate,
                    warmup=0.1,
                    weight_decay=self.weight_decay,
                    statistics="trained",
                    start="initial",
                )
            except TrainingError as error:
                diverged = error
            else:
                results.append(result)
        if diverged is not None and not results:
            raise diverged
        return max(results, key=lambda each: each.score) if job.has_validation else results[0]
