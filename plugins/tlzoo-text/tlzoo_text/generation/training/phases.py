"""Run of a phase: epochs over packed rows, with a checkpoint after each."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import TrainingError
from tlzoo.strategies import PhaseResult
from tlzoo.training import audit, digests, generator, multiplier, reseed, set_intents

from .perplexity import Likelihoods, PerplexityMetrics, mean_loss, perplexity

if TYPE_CHECKING:
    from tlzoo.strategies import Phase
    from tlzoo.training import Plan, Record

    from .state import GenerationState
    from .steps import Step

__all__ = ["run_phase"]


def run_phase(
    state: GenerationState, phase: Phase, position: int, plan: Plan, frozen: int | None, record: Record
) -> PhaseResult:
    """Run the phase at this position of the run; an interrupted one continues after its last finished epoch.

    Raises:
        TrainingError: If the loss is not finite, or the audit finds a frozen variable that moved or a trained one that
            did not.
    """
    name, partial = f"phase-{position:02d}", f"phase-{position:02d}.partial"
    intents = set_intents(state.network, phase)
    state.checkpoints.load(phase.start or "initial")
    before = digests(state.network.variables)
    cached = plan.mode != "live"
    step, rates = state.step(phase, frozen, cached=cached)
    running = _Running(state, phase, position, plan, step, rates)
    if cached and frozen is not None:
        running.hidden = state.hidden(frozen, plan.batch_size)
    if state.checkpoints.exists(partial):
        running.go_on(partial)
    running.train(partial, record)
    audited = audit(phase.name, intents, before, digests(state.network.variables))
    state.checkpoints.save(name)
    state.checkpoints.discard(partial)
    score = PerplexityMetrics(running.validated()).score if state.data.sizes["validation"] else None
    return PhaseResult(
        phase=phase.name,
        score=math.nan if score is None else score.value,
        noise=math.nan if score is None else score.standard_error,
        metrics=running.figures,
        checkpoint=name,
        stopped="budget",
        units=running.done,
        seconds=running.seconds,
        audited=asdict(audited),
    )


@dataclass(slots=True)
class _Running:
    """A running phase; ``hidden`` are the cached outputs of the frozen blocks, if any."""

    state: GenerationState
    phase: Phase
    position: int
    plan: Plan
    step: Step
    rates: np.ndarray
    hidden: np.ndarray | None = None
    done: int = 0
    seconds: float = 0.0
    figures: dict[str, float] = field(default_factory=dict)
    _validated: Likelihoods | None = None

    def go_on(self, partial: str) -> None:
        """Restore weights, optimizer and figures after the last finished epoch."""
        with self.state.checkpoints.interrupted(partial) as (slots, about):
            self.step.take(slots)
            self.done, self.seconds = int(about["done"]), float(about["seconds"])
            self.figures = {name: float(value) for name, value in about["figures"].items()}

    def train(self, partial: str, record: Record) -> None:
        """Run the remaining epochs; record each one, and write a checkpoint."""
        began = time.perf_counter() - self.seconds
        with self.state.setup.progress.track(self.phase.name, self.plan.units, "epochs") as advance:
            advance(self.done)
            while self.done < self.plan.units:
                self.figures = self._epoch(self.done)
                self.done += 1
                self.seconds = time.perf_counter() - began
                # Before the checkpoint, so that an epoch repeated after a kill is recorded once.
                record.append(phase=self.phase.name, epoch=self.done, **self.figures)
                about = {"done": self.done, "seconds": self.seconds, "figures": self.figures}
                self.state.checkpoints.save(partial, self.step.slots(), about)
                advance(1)

    def validated(self) -> Likelihoods:
        """Return the likelihoods of the validation split with the present weights."""
        if self._validated is None:
            self._validated = self.state.likelihoods("validation")
        return self._validated

    def _epoch(self, epoch: int) -> dict[str, float]:
        rows, size = self.state.rows("train"), self.plan.batch_size
        seed = self.state.setup.seed
        order = generator(seed, self.position, epoch, "order").permutation(len(rows))
        reseed([self.state.network.backbone.model], seed, self.position, epoch)
        steps = -(-len(order) // size)
        total, tokens = 0.0, 0
        for number in range(steps):
            some = order[number * size : (number + 1) * size]
            inputs: Any = rows.batch(some, size)
            if self.hidden is not None:
                hidden = np.pad(self.hidden[some], ((0, size - len(some)), (0, 0), (0, 0)))
                inputs = (hidden, *inputs[1:])
            done = (epoch * steps + number + 0.5) / (self.plan.units * steps)
            factor = np.float32(multiplier(self.phase.schedule, self.phase.warmup, done))
            loss, count = self.step(inputs, self.rates * factor)
            if not math.isfinite(loss):
                raise TrainingError(
                    f"phase {self.phase.name!r}: the loss is {loss:g} at step {number + 1} of epoch {epoch + 1}",
                    "lower the learning rate",
                )
            total, tokens = total + loss * count, tokens + count
        figures = {"loss": total / tokens}
        if self.state.data.sizes["validation"]:
            self._validated = self.state.likelihoods("validation")
            loss, _ = mean_loss(self._validated.losses, self._validated.tokens)
            figures |= {"val_loss": loss, "val_perplexity": perplexity(loss)}
        return figures
