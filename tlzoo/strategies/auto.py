"""Automatic choice of a strategy by label count, distance to the source data and time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field, PositiveInt

from tlzoo.backbones.selection import Selection, everything, head, top
from tlzoo.durations import format_duration
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.domain_adaptation import DomainAdaptation
from tlzoo.strategies.feature_extraction import FeatureExtraction
from tlzoo.strategies.fine_tune import FineTune
from tlzoo.strategies.job import Job
from tlzoo.strategies.lp_ft import LinearProbeThenFineTune
from tlzoo.strategies.multi_step import MultiStep
from tlzoo.strategies.phase import Phase, PhaseResult, Share
from tlzoo.strategies.probes import Answer, Closeness, Duration

__all__ = ["Auto"]

_FEWEST_EPOCHS = 5
_USED = 0.8
"""Share of the time limit to plan with: estimates exclude compilation and evaluation."""


@dataclass(frozen=True, slots=True)
class _Way:
    """A strategy, the reason for its choice, and its epochs of each kind per epoch of the budget."""

    strategy: Strategy
    why: str
    trains: Selection
    deep: float
    shallow: float


@dataclass(frozen=True, slots=True)
class _Choice:
    strategy: Strategy
    epochs: int
    seconds: float
    why: str


class Auto(Strategy):
    """Choose a strategy and its budget by labels per class, distance to the source data and time.

    With few labels, only the head trains: fixed features do well, and validation could not detect a worse deeper
    network (Kornblith et al. 2019, arXiv 1805.08974). With more labels, as much trains as the time allows: stage by
    stage if the data are close to the source data, else after a finished linear probe (Kumar et al.
    2022, arXiv 2202.10054). Phases worse than the head on validation are undone. With unlabelled inputs of another
    domain, `domain-adaptation` is used.
    """

    name: ClassVar[str] = "auto"
    heeds_time: ClassVar[bool] = True
    uses_target: ClassVar[bool] = True

    few: PositiveInt = Field(default=10, description="labels per class below which only the head trains")

    def phases(self, job: Job) -> Phases:
        """Choose once, report the reason, and yield the phases of the chosen strategy."""
        distance = job.probe(Closeness()).values.get("distance")
        far = distance if isinstance(distance, float) else None
        chosen = self._choose(job, far)
        job.tell(f"{chosen.strategy.name}: {chosen.why}. {_figures(job, far, chosen)}")
        return (yield from _within(chosen, job))

    def _choose(self, job: Job, far: float | None) -> _Choice:
        head_alone = job.probe(Duration(train=head()))
        for way in self._ways(job, far):
            below = head_alone if way.trains == head() else job.probe(Duration(train=way.trains))
            choice = _affordable(job, way, below, head_alone)
            if choice.epochs >= min(_FEWEST_EPOCHS, job.budget):
                break
        return choice

    def _ways(self, job: Job, far: float | None) -> list[_Way]:
        """Return the candidates, the best first; the last one is used if the time is too short for all."""
        labels = f"{job.labels_per_class} labels per class"
        if job.examples.get("target"):
            adapting, why = DomainAdaptation(), "there are unlabelled inputs of another domain"
            tuned = 3 * (1 - adapting.head_share)  # once on the source, and once on batches of both, twice as large
            by_head = DomainAdaptation(unfreeze="none")
            return [
                _Way(adapting, why, everything(), tuned, adapting.head_share),
                _Way(by_head, f"{why}, and the time is only enough for the head", head(), 0, 3),
            ]
        if not job.has_validation:
            return [_alone(f"there is no validation split to evaluate deeper training ({labels})")]
        if job.labels_per_class < self.few:
            return [_alone(f"{labels} are too few to train more than the head")]
        strategy: Strategy = LinearProbeThenFineTune()
        why = "the data are not close to the source data"
        if far is None:
            why = "the distance to the source data is unknown"
        elif far < Closeness.CLOSE:
            strategy, why = MultiStep(), "the data are close to the source data"
        more = f"{labels} are enough to train more than the head, and"
        return [
            _Way(strategy, f"{more} {why}", everything(), 0.5, 0.5),
            _Way(FineTune(), f"{more} the time is only enough for the top stage", head() | top(1), 0.5, 0.5),
            _alone("the time is only enough for the head"),
        ]


def _alone(why: str) -> _Way:
    return _Way(FeatureExtraction(), why, head(), 0, 1)


def _affordable(job: Job, way: _Way, deep: Answer, shallow: Answer) -> _Choice:
    """Return the strategy with as many epochs as the time allows."""
    once = max(deep.number("once"), shallow.number("once"))
    each = way.deep * deep.number("each") + way.shallow * shallow.number("each")
    if way.deep and not shallow.number("each"):  # the head is solved, so all epochs go to the deep phases
        each = max(way.deep, 1.0) * deep.number("each")
    epochs = job.budget
    if job.seconds is not None and each > 0:
        epochs = min(epochs, math.floor((_USED * job.seconds - once) / each))
    return _Choice(way.strategy, max(epochs, 0), once + each * max(epochs, 1), way.why)


def _figures(job: Job, far: float | None, chosen: _Choice) -> str:
    """Return a sentence with the figures of the choice."""
    size = sum(math.prod(weight.shape) for weight in job.backbone.model.weights)
    taken = " x ".join(map(str, job.backbone.preprocessing.shape))
    distance = "unknown" if far is None else f"{far:.2f} (under {Closeness.CLOSE:g} is close)"
    asked = "" if job.seconds is None else f" of {format_duration(job.seconds)}"
    if not chosen.epochs:
        asked += f", not enough for one of the {job.unit}"
    return (
        f"Distance to the source data {distance}, {size / 1e6:.1f} M parameters, input {taken}; "
        f"{max(1, chosen.epochs)} {job.unit} take about {format_duration(chosen.seconds, estimate=True)}{asked}"
    )


def _within(chosen: _Choice, job: Job) -> Phases:
    """Yield the strategy's phases with their shares of the chosen epochs."""
    generator = chosen.strategy.phases(job)
    reply: PhaseResult | None = None
    while True:
        try:
            phase: Phase = next(generator) if reply is None else generator.send(reply)
        except StopIteration as end:
            kept: PhaseResult | None = end.value
            return kept
        if isinstance(phase.budget, Share):
            phase = phase.model_copy(update={"budget": Share(phase.budget.amount, of=max(1, chosen.epochs))})
        reply = yield phase
