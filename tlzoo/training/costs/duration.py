"""Estimated duration of a planned phase: short measurements on the run's data, scaled by counts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.training.costs.activations import activation_bytes
from tlzoo.training.costs.multiply_adds import MULTIPLY_ADDS_A_SECOND, stage_multiply_adds
from tlzoo.training.costs.peak_memory import sample_bytes
from tlzoo.training.frozen.boundary import samples_fit_memory
from tlzoo.training.frozen.cache_budget import cached_samples
from tlzoo.training.frozen.engines import compiled_or_tensorflow
from tlzoo.training.frozen.engines.tensorflow import TensorFlowEngine
from tlzoo.training.frozen.engines.weight_copies import COPIES, weight_bytes
from tlzoo.training.frozen.feeds import prepared
from tlzoo.training.frozen.frozen_part import is_stored, sample_signature
from tlzoo.training.frozen.views import kept_view
from tlzoo.training.planning import row_bytes_at
from tlzoo.training.solving.eligibility import seconds_to_solve
from tlzoo.training.state import Pace

if TYPE_CHECKING:
    from tlzoo.training.contract import Plan, Setup
    from tlzoo.training.frozen.engines import Run
    from tlzoo.training.state import SupervisedState

__all__ = ["estimate_seconds"]

_SAMPLES = 64
_BATCH = 16
_MOST_BYTES = 256_000_000
"""Largest bytes of activations, samples and copies of weights in measurements."""

_ENOUGH_SECONDS = 1.0
_TRAINING = 5.0
"""Duration of a training step relative to a frozen engine on the same samples: three passes of
arithmetic (forward, and two products backward) in a graph without folded normalization."""
_STEP = 0.002
"""Overhead of a step in seconds."""


def estimate_seconds(state: SupervisedState, plan: Plan) -> float:
    """Return the estimated seconds of a phase by this plan; cached features cost nothing.

    The parts below and above the cut share the backbone's time by their multiply-adds. Compilation is not included.
    """
    setup = state.setup
    pace = _pace(state, plan.engine)
    train, judged = state.epoch_samples + plan.beside, len(setup.data.validation)
    if not plan.trained:  # only statistics are measured
        return (plan.beside or train) * (pace.prepare + 2 * pace.forward) + judged * (pace.prepare + pace.forward)
    names = [stage.name for stage in setup.backbone.stages]
    cut = None if plan.cut is None else names.index(plan.cut)
    below = pace.forward * _share_below(state, cut)
    above = pace.forward - below
    steps = -(-state.epoch_samples // plan.batch_size)
    passes = 2 if plan.inputs else 1  # an objective on inputs passes changed ones through the network
    seconds = (
        seconds_to_solve(setup)
        if plan.solver == "lbfgs"
        else plan.units * ((_TRAINING * passes + plan.teacher) * above * train + above * judged + _STEP * steps)
    )
    computed = train + judged
    if plan.cache_bytes:
        assert cut is not None
        seconds += _to_keep(state, cut, plan, pace, below)
        computed = 0 if plan.mode != "live" else train
    readings = 1 if samples_fit_memory(setup, setup.data.train if plan.cache_bytes else None) else plan.units
    seconds += computed * (readings * pace.prepare + plan.units * below)
    return seconds + (plan.units * train * pace.augment if plan.mode == "live" else 0)


def _share_below(state: SupervisedState, cut: int | None) -> float:
    costs = stage_multiply_adds(state.setup.backbone)
    if cut is None:
        return 0.0
    if cut == len(costs) - 1 or not sum(costs):
        return 1.0
    return sum(costs[: cut + 1]) / sum(costs)


def _to_keep(state: SupervisedState, cut: int, plan: Plan, pace: Pace, below: float) -> float:
    """Return the seconds to compute features that are not yet in the store."""
    severed, seconds = state.network.sever(cut, plan.observed), 0.0
    for setup in [state.setup, state.domain("target")] if plan.beside else [state.setup]:
        plain, train = cached_samples(setup, row_bytes_at(state.network, cut, plan.observed)), setup.data.train
        if len(plain) and not is_stored(severed, setup, state.store, plain, plan.engine):
            seconds += len(plain) * (pace.prepare + below)
        for number in range(plan.views):
            if not is_stored(severed, setup, state.store, train, plan.engine, kept_view(setup.seed, number)):
                seconds += len(train) * (pace.prepare + pace.augment + below)
    return seconds


def _pace(state: SupervisedState, engine: str) -> Pace:
    """Return the pace with this engine, measured once after a warm-up batch."""
    if engine not in state.paces:
        setup = state.setup
        with setup.progress.track("measuring the speed of this machine", 1, "times") as advance:
            size, count = _measured(setup)
            indices = np.resize(setup.data.train, count)
            stream = prepared(setup.data.examples, setup.backbone.preprocessing, indices, size)
            batches = [batch.numpy() for batch in stream]
            began = time.perf_counter()
            batches = [batch.numpy() for batch in stream]
            prepare = (time.perf_counter() - began) / count
            forward = _seconds_forward(state, engine, batches)
            state.paces[engine] = Pace(prepare, forward, _seconds_to_augment(setup, batches))
            advance(1)
    return state.paces[engine]


def _measured(setup: Setup) -> tuple[int, int]:
    """Return the batch size and the number of samples to measure: few for large images."""
    size = min(_BATCH, max(1, _MOST_BYTES // max(1, activation_bytes(setup.backbone.model).live)))
    count = min(_SAMPLES, max(1, _MOST_BYTES // max(1, sample_bytes(setup.backbone))))
    return size, max(size, count // size * size)


def _seconds_forward(state: SupervisedState, engine: str, batches: list[np.ndarray]) -> float:
    """Return the seconds per sample through the frozen backbone.

    They are measured for at most about a second. A network with large activations for one sample is not run: its
    multiply-adds are counted. A network with large weights is measured as a graph with variables, without copies.
    """
    backbone = state.setup.backbone
    if activation_bytes(backbone.model).live > _MOST_BYTES:
        return sum(stage_multiply_adds(backbone)) / MULTIPLY_ADDS_A_SECOND
    below, signature = state.network.sever(len(backbone.stages) - 1).below, sample_signature(state.setup)
    if COPIES["tensorflow"] * weight_bytes(below) > _MOST_BYTES:
        run: Run = TensorFlowEngine().compile(below, signature, constants=False)
    else:
        run = compiled_or_tensorflow(engine, below, signature, batches[0], state.setup.progress.note)
    list(run.over(batches[:1]))
    began, done = time.perf_counter(), 0
    for batch in batches:
        list(run.over([batch]))
        done += len(batch)
        if time.perf_counter() - began > _ENOUGH_SECONDS:
            break
    return (time.perf_counter() - began) / done


def _seconds_to_augment(setup: Setup, batches: list[np.ndarray]) -> float:
    """Return the seconds of augmentation per sample."""
    if setup.augment is None:
        return 0.0
    samples = np.arange(len(batches[0]))
    setup.augment(batches[0], 0, samples)
    began = time.perf_counter()
    for base, batch in enumerate(batches):
        np.asarray(setup.augment(batch, base, samples))
    return (time.perf_counter() - began) / sum(map(len, batches))
