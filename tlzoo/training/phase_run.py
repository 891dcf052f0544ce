"""Running one phase: epochs of compiled steps, a checkpoint after each, an audit at the end."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import TrainingError
from tlzoo.strategies import PhaseResult
from tlzoo.training.audit import Intent, audit
from tlzoo.training.checkpoints import digests
from tlzoo.training.optimization import TrainingStep, make_optimizer
from tlzoo.training.planning import rates_of
from tlzoo.training.schedules import multiplier
from tlzoo.training.seeds import generator, reseed

if TYPE_CHECKING:
    from tlzoo.strategies import Phase
    from tlzoo.training.boundary import Boundary
    from tlzoo.training.contract import Plan, Record
    from tlzoo.training.network import Network
    from tlzoo.training.supervised import SupervisedState

__all__ = ["run_phase"]

_SECONDS_BETWEEN_CHECKPOINTS = 1.0
"""Epochs shorter than this share a checkpoint: a crash costs about a second of training, and short epochs stay short."""


def run_phase(state: SupervisedState, phase: Phase, position: int, plan: Plan, record: Record) -> PhaseResult:
    """Run the phase at this position of the run; return its result.

    An interrupted phase goes on after the last epoch of which there is a checkpoint. Raises TrainingError where the loss is
    no number, or the audit finds that something moved that should not have, or did not move that should have.
    """
    began = time.perf_counter()
    network, checkpoints = state.network, state.checkpoints
    name, partial = f"phase-{position:02d}", f"phase-{position:02d}.partial"
    intents = set_intents(network, phase)
    checkpoints.load(phase.start or "initial")
    before = digests(network.variables)
    stages = [stage.name for stage in state.setup.backbone.stages]
    boundary = state.boundary(None if plan.cut is None else stages.index(plan.cut), kept=plan.mode != "live")
    step, rates = _compiled(state, phase, boundary, plan)
    history = _History(phase.patience)
    if checkpoints.exists(partial):
        history = _continue(checkpoints, step, partial, history)
        spent_before = history.seconds
    else:
        spent_before = 0.0
    saved = time.perf_counter()
    with state.setup.progress.track(phase.name, plan.units, "epochs") as advance:
        advance(history.epochs)
        while history.epochs < plan.units and not history.out_of_patience:
            figures = _epoch(state, phase, position, history.epochs, plan, boundary, step, rates)
            history.add(figures, spent_before + time.perf_counter() - began)
            if time.perf_counter() - saved > _SECONDS_BETWEEN_CHECKPOINTS:
                slots = {str(number): variable.numpy() for number, variable in enumerate(step.optimizer.variables)}
                checkpoints.save(partial, slots, history.about())
                saved = time.perf_counter()
            record.append(phase=phase.name, epoch=history.epochs, **figures)
            advance(1)
    audited = audit(phase.name, intents, before, digests(network.variables))
    checkpoints.save(name)
    checkpoints.discard(partial)
    final = history.figures[-1]
    score, noise = _score(final, len(state.setup.data.validation))
    return PhaseResult(
        phase=phase.name,
        score=score,
        noise=noise,
        metrics={key: value for key, value in final.items() if key != "epoch"},
        checkpoint=name,
        stopped="patience" if history.out_of_patience else "budget",
        units=history.epochs,
        seconds=history.seconds,
        audited=asdict(audited),
    )


def set_intents(network: Network, phase: Phase) -> dict[str, Intent]:
    """Set Keras's trainable flags for a phase; return what is to happen to each variable.

    A layer with nothing to train is not trainable, which puts BatchNorm in inference mode. Statistics of the backbone's
    BatchNorm layers move only where the phase says so; those of the head's always do.
    """
    import keras

    trained = phase.train.paths(network.parts)
    intents: dict[str, Intent] = {}
    for layer in network.layers():
        own = {network.path(variable): variable for variable in layer.weights}
        of_head = any(path in network.parts.head for path in own)
        moves = bool(own.keys() & trained) or (of_head and bool(network.parts.head & trained))
        if isinstance(layer, keras.layers.BatchNormalization) and not of_head and phase.statistics == "frozen":
            moves = False
        layer.trainable = moves
        for path, variable in own.items():
            learnable = path in trained and path not in _statistics(layer, own)
            if learnable:
                intents[path] = "trained"
            elif moves and path in _statistics(layer, own):
                intents[path] = "statistics"
            else:
                intents.setdefault(path, "frozen")
            del variable
    return intents


def _statistics(layer: Any, own: dict[str, Any]) -> set[str]:
    """Return paths of the variables that a layer updates by itself: moving averages, not weights with a gradient."""
    held = {id(variable) for variable in layer._non_trainable_variables}  # noqa: SLF001
    return {path for path, variable in own.items() if id(variable) in held}


def _compiled(state: SupervisedState, phase: Phase, boundary: Boundary, plan: Plan) -> tuple[TrainingStep, np.ndarray]:
    """Return a compiled step and the rates of its groups of variables; phases that differ only in rates, schedule or length share one."""
    import keras
    import tensorflow as tf

    network = state.network
    groups = [
        ([path for path in paths if path not in _moving(network)], rate) for paths, rate in rates_of(phase, network)
    ]
    groups = [(paths, rate) for paths, rate in groups if paths]
    key = repr(
        (
            plan.mode,
            plan.cut,
            [paths for paths, _ in groups],
            phase.statistics,
            phase.weight_decay,
            phase.label_smoothing,
        )
    )
    if key not in state.steps:
        entropy = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=phase.label_smoothing)
        classes = network.task.outputs
        variables = {path: network.variables[path] for paths, _ in groups for path in paths}
        optimizer = make_optimizer(
            state.setup.optimizer,
            [([network.variables[path] for path in paths], rate) for paths, rate in groups],
            phase.weight_decay,
        )
        state.steps[key] = TrainingStep(
            forward=lambda tensors: boundary.forward(tensors, training=True),
            loss=lambda labels, logits: entropy(tf.one_hot(labels, classes), logits),
            variables=variables,
            optimizer=optimizer,
            signature=(boundary.signature, tf.TensorSpec((None,), tf.int64), tf.TensorSpec((len(groups),), tf.float32)),
        )
    step: TrainingStep = state.steps[key]
    step.reset()
    return step, np.array([rate for _, rate in groups], dtype=np.float32)


def _moving(network: Network) -> set[str]:
    found: set[str] = set()
    for layer in network.layers():
        found |= _statistics(layer, {network.path(variable): variable for variable in layer.weights})
    return found


def _epoch(
    state: SupervisedState,
    phase: Phase,
    position: int,
    epoch: int,
    plan: Plan,
    boundary: Boundary,
    step: TrainingStep,
    rates: np.ndarray,
) -> dict[str, float]:
    """Run one epoch; return its figures: loss and accuracy while training, and on validation where there is any."""
    data, seed = state.setup.data, state.setup.seed
    order = generator(seed, position, epoch, "order").permutation(data.train)
    reseed([state.network.backbone.model, state.network.head], seed, position, epoch)
    steps = math.ceil(len(order) / plan.batch_size)
    losses, right = [], 0
    for number, tensors in enumerate(boundary.feed.batches(order, plan.batch_size)):
        labels = data.labels[order[number * plan.batch_size : (number + 1) * plan.batch_size]]
        done = (epoch * steps + number + 0.5) / (plan.units * steps)
        loss, logits = step(tuple(tensors), labels, rates * np.float32(multiplier(phase.schedule, phase.warmup, done)))
        losses.append((loss, len(labels)))
        right += int((logits.numpy().argmax(axis=1) == labels).sum())
    values = np.array([float(loss) for loss, _ in losses])
    if not np.isfinite(values).all():
        bad = int(np.flatnonzero(~np.isfinite(values))[0])
        raise TrainingError(
            f"phase {phase.name!r}: the loss is {values[bad]} at step {bad + 1} of epoch {epoch + 1}",
            "the weights of the epoch before are kept; lower the rate",
        )
    figures = {"loss": float(np.average(values, weights=[size for _, size in losses])), "accuracy": right / len(order)}
    if len(data.validation):
        logits = boundary.logits(data.validation, plan.batch_size).astype(np.float64)
        truth = data.labels[data.validation]
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_likelihood = shifted[np.arange(len(truth)), truth] - np.log(np.exp(shifted).sum(axis=1))
        figures |= {
            "val_loss": float(-log_likelihood.mean()),
            "val_accuracy": float((logits.argmax(axis=1) == truth).mean()),
        }
    return figures


def _score(figures: dict[str, float], examples: int) -> tuple[float, float]:
    """Return validation accuracy and its standard error (Agresti and Coull 1998: two successes and failures added)."""
    if not examples:
        return math.nan, math.nan
    accuracy = figures["val_accuracy"]
    smoothed = (accuracy * examples + 2) / (examples + 4)
    return accuracy, math.sqrt(smoothed * (1 - smoothed) / (examples + 4))


class _History:
    """The epochs of a phase so far."""

    def __init__(self, patience: int | None) -> None:
        self._patience = patience
        self.figures: list[dict[str, float]] = []
        self.seconds = 0.0

    @property
    def epochs(self) -> int:
        return len(self.figures)

    @property
    def out_of_patience(self) -> bool:
        """Whether validation loss has not improved for ``patience`` epochs."""
        if self._patience is None or not self.figures or "val_loss" not in self.figures[0]:
            return False
        values = [figures["val_loss"] for figures in self.figures]
        return len(values) - 1 - int(np.argmin(values)) >= self._patience

    def add(self, figures: dict[str, float], seconds: float) -> None:
        self.figures.append(figures)
        self.seconds = seconds

    def about(self) -> dict[str, Any]:
        return {"figures": self.figures, "seconds": self.seconds}


def _continue(checkpoints: Any, step: TrainingStep, partial: str, history: _History) -> _History:
    slots, about = checkpoints.load(partial)
    for number, variable in enumerate(step.optimizer.variables):
        variable.assign(slots[str(number)])
    for figures in about["figures"]:
        history.add(figures, about["seconds"])
    return history
