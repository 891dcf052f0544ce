"""Run of a phase: epochs of compiled steps, checkpoints, and an audit at the end."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import TrainingError
from tlzoo.strategies import PhaseResult
from tlzoo.training.checkpoints import digests
from tlzoo.training.frozen.views import view_of
from tlzoo.training.phases.adabn import run_adabn
from tlzoo.training.phases.audit import audit
from tlzoo.training.phases.compiled_step import compiled_step
from tlzoo.training.phases.history import History
from tlzoo.training.phases.intents import set_intents
from tlzoo.training.phases.objective_loss import uses_target
from tlzoo.training.phases.schedules import multiplier
from tlzoo.training.phases.untrained_variables import why_untrained
from tlzoo.training.seeds import generator, reseed

if TYPE_CHECKING:
    from tlzoo.strategies import Phase
    from tlzoo.training.callbacks import PhaseCallbacks
    from tlzoo.training.contract import Plan, Record
    from tlzoo.training.frozen.boundary import Boundary
    from tlzoo.training.phases.optimization import TrainingStep
    from tlzoo.training.state import Domain, SupervisedState

__all__ = ["boundary_of", "run_phase"]

_SECONDS_BETWEEN_CHECKPOINTS = 1.0
"""Shortest time in seconds between checkpoints: a crash costs about a second of training."""


def run_phase(state: SupervisedState, phase: Phase, position: int, plan: Plan, record: Record) -> PhaseResult:
    """Run the phase at this position of the run, and return its result.

    An interrupted phase continues after the last epoch with a checkpoint. Raises TrainingError if the
    loss is not finite (the weights are then those of the last good epoch), or if the audit finds a frozen variable
    that moved or a trained one that did not.
    """
    if phase.objective is not None and phase.objective.measures_statistics:
        return run_adabn(state, phase, position, phase.objective, record)
    name, unfinished = f"phase-{position:02d}", f"phase-{position:02d}.partial"
    checkpoints = state.checkpoints
    intents = set_intents(state.network, phase)
    checkpoints.load(phase.start or "initial")
    before = digests(state.network.variables)
    boundary = boundary_of(state, plan)
    step, rates = compiled_step(state, phase, boundary, plan)
    target = boundary_of(state, plan, "target") if uses_target(phase) else None
    callbacks = state.callbacks(phase)
    running = _Running(state, phase, position, plan, boundary, step, rates, callbacks, target)
    history = History(phase.patience)
    length = plan.units, math.ceil(state.epoch_samples / plan.batch_size)
    if checkpoints.exists(unfinished):
        running.go_on(unfinished, history, *length)
    else:
        callbacks.begin(*length)
    running.train(history, unfinished, record)
    if step.averages:
        step.take_average()
        history.figures[-1] |= running.validate()
    running.end(history)
    steps = history.epochs * math.ceil(state.epoch_samples / plan.batch_size)
    why = partial(why_untrained, step, steps)
    audited = audit(phase.name, intents, before, digests(state.network.variables), why=why)
    checkpoints.save(name)
    checkpoints.discard(unfinished)
    value, noise = running.score()
    return PhaseResult(
        phase=phase.name,
        score=value,
        noise=noise,
        metrics=history.figures[-1],
        checkpoint=name,
        stopped="callback" if callbacks.stopped else "patience" if history.out_of_patience else "budget",
        units=history.epochs,
        seconds=history.seconds,
        audited=asdict(audited),
    )


def boundary_of(state: SupervisedState, plan: Plan, domain: Domain = "source") -> Boundary:
    """Return the boundary of a plan, with the inputs of a domain."""
    stages = [stage.name for stage in state.setup.backbone.stages]
    cut = None if plan.cut is None else stages.index(plan.cut)
    kept = plan.mode != "live" or plan.cache_bytes > 0
    observed = tuple(plan.observed)  # the journal has a list
    boundary = state.boundary(cut, kept=kept, engine=plan.engine, domain=domain, observed=observed, inputs=plan.inputs)
    if boundary.augmented is not None and plan.views:
        boundary.augmented.keep(plan.views)
    return boundary


@dataclass(slots=True)
class _Running:
    """A running phase."""

    state: SupervisedState
    phase: Phase
    position: int
    plan: Plan
    boundary: Boundary
    step: TrainingStep
    rates: np.ndarray
    callbacks: PhaseCallbacks
    target: Boundary | None = None
    validated: np.ndarray | None = None

    def go_on(self, partial: str, history: History, epochs: int, steps: int) -> None:
        """Restore weights, optimizer, history and callbacks from a checkpoint."""
        with self.state.checkpoints.interrupted(partial) as (slots, about):
            for number, variable in enumerate(self.step.slots):
                variable.assign(slots[str(number)])
            history.figures = [{name: float(value) for name, value in each.items()} for each in list(about["figures"])]
            history.seconds = float(about["seconds"])
        self.callbacks.begin(epochs, steps)  # it may set weights of its own
        with self.state.checkpoints.interrupted(partial) as (arrays, about):
            notes = self.callbacks.restore(arrays, about)
        for note in notes:
            self.state.setup.progress.note(note)

    def train(self, history: History, partial: str, record: Record) -> None:
        """Run the remaining epochs; record each one, and regularly write a checkpoint."""
        began = time.perf_counter() - history.seconds
        saved = time.perf_counter()
        with self.state.setup.progress.track(self.phase.name, self.plan.units, "epochs") as advance:
            advance(history.epochs)
            while history.epochs < self.plan.units and not self._is_over(history):
                self.callbacks.begin_epoch(history.epochs)
                figures = self._epoch(history.epochs)
                history.figures.append(figures)
                history.seconds = time.perf_counter() - began
                # Before the checkpoint: an epoch repeated after a kill is recorded once, a lost line stays lost.
                record.append(phase=self.phase.name, epoch=history.epochs, **figures)
                self.callbacks.end_epoch(figures)
                if time.perf_counter() - saved > _SECONDS_BETWEEN_CHECKPOINTS:
                    self._save(partial, history)
                    saved = time.perf_counter()
                advance(1)

    def _is_over(self, history: History) -> bool:
        """Return whether the phase stops early, after at least one epoch."""
        return history.out_of_patience or (history.epochs > 0 and self.callbacks.stopped)

    def end(self, history: History) -> None:
        """Call the end methods of callbacks; validate again if they restored weights of an earlier epoch."""
        if not self.callbacks.callbacks:
            return
        before = digests(self.state.network.variables)
        self.callbacks.end(history.figures[-1])
        if digests(self.state.network.variables) != before:
            history.figures[-1] |= self.validate()

    def validate(self) -> dict[str, float]:
        """Return figures on the validation split with the prefix ``val_``; empty without one."""
        data = self.state.setup.data
        if not len(data.validation):
            return {}
        watch = self.callbacks.validating if self.plan.mode == "live" else iter
        self.validated = self.boundary.logits(data.validation, self.plan.batch_size, watch)
        labels = self.state.labels(data.validation)
        figures = self.state.criterion.figures(labels, self.validated)
        figures |= self.state.metrics.of_outputs(labels, self.validated)
        return {f"val_{name}": value for name, value in figures.items()}

    def score(self) -> tuple[float, float]:
        """Return the score on the validation split and its standard error; NaN without one."""
        data = self.state.setup.data
        if not len(data.validation):
            return math.nan, math.nan
        if self.validated is None:  # interrupted after the last epoch
            self.validate()
        return self.state.criterion.score(self.state.labels(data.validation), np.asarray(self.validated))

    def _epoch(self, epoch: int) -> dict[str, float]:
        """Run one epoch; return training loss and quality, and the figures on validation."""
        criterion = self.state.criterion
        seed, size = self.state.setup.seed, self.plan.batch_size
        good = self.step.snapshot()
        order = self.state.order(self.position, epoch, "order")
        reseed([self.state.network.backbone.model, self.state.network.head], seed, self.position, epoch)
        steps = math.ceil(len(order) / size)
        losses, quality = np.empty(steps), 0.0
        measured = self.state.metrics
        measured.reset()
        view = view_of(self.state.setup, cut=self.plan.cut is not None, place=(self.position,), epoch=epoch)
        feeds = zip(self.boundary.training(view).batches(order, size), self._beside(epoch, len(order)), strict=False)
        for number, (tensors, beside) in enumerate(feeds):
            samples = order[number * size : (number + 1) * size]
            truth = self.state.truth(samples)
            form = self.state.setup.data.task.output_form
            targets, weights = view.truth(self.state.setup.augment, order, number * size, number, *truth, form)
            done = (epoch * steps + number + 0.5) / (self.plan.units * steps)
            factor = np.float32(multiplier(self.phase.schedule, self.phase.warmup, done))
            others = () if self.phase.objective is None else (beside, np.float32(done), self._draws(epoch, number))
            self.callbacks.begin_batch(number)
            loss, outputs = self.step(tuple(tensors), targets, weights, self.rates * factor, others)
            losses[number] = loss
            self.callbacks.end_batch(number, float(losses[number]))
            quality += float(criterion.quality(targets, outputs.numpy()).sum())
            measured.update(self.state.setup.data.labels[samples], outputs.numpy())
            if not math.isfinite(losses[number]):
                self.step.restore(good)
                half = ", or use --precision mixed_bfloat16" if self.step.skips_overflows else ""
                raise TrainingError(
                    f"phase {self.phase.name!r}: the loss is {loss:g} at step {number + 1} of epoch {epoch + 1}",
                    f"the weights of the last good epoch are kept; lower the learning rate{half}",
                )
        sizes = np.minimum(size, len(order) - size * np.arange(steps))
        figures = {"loss": float(np.average(losses, weights=sizes)), criterion.figure: quality / len(order)}
        figures |= measured.figures()
        return figures | self.validate()

    def _draws(self, epoch: int, number: int) -> np.ndarray:
        """Return the seed (2,), int32, of the objective at a step."""
        drawn = generator(self.state.setup.seed, "objective", self.position, epoch, number)
        return drawn.integers(0, 2**31 - 1, 2, dtype=np.int32)

    def _beside(self, epoch: int, count: int) -> Iterator[tuple[Any, ...]]:
        """Yield the target's tensors for every step of an epoch of ``count`` samples; empty without a target."""
        if self.target is None:
            yield from repeat(())
            return
        place, setup = ("target", self.position), self.state.domain("target")
        view = view_of(setup, cut=self.plan.cut is not None, place=place, epoch=epoch)
        order = self.state.target_order(count, *place, epoch)
        yield from map(tuple, self.target.training(view).batches(order, self.plan.batch_size))

    def _save(self, partial: str, history: History) -> None:
        slots = {str(number): variable.numpy() for number, variable in enumerate(self.step.slots)}
        arrays, about = self.callbacks.save()
        self.state.checkpoints.save(partial, slots | arrays, history.to_json() | about)
