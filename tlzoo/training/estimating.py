"""About how long a planned phase takes on this machine: short measurements on the run's own data, scaled by counts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.training.boundary import samples_fit_memory
from tlzoo.training.costs import stage_multiply_adds
from tlzoo.training.engines import compiled_or_tensorflow
from tlzoo.training.feeding import prepared
from tlzoo.training.frozen import is_stored, sample_signature
from tlzoo.training.keeping import kept_samples
from tlzoo.training.planning import row_bytes

if TYPE_CHECKING:
    from tlzoo.training.contract import Plan
    from tlzoo.training.supervised import SupervisedState

__all__ = ["Pace", "estimate_seconds"]

_SAMPLES = 64
_BATCH = 16
_TRAINING = 5.0
"""A training step takes about so many times what a frozen engine takes for the same samples: three passes' worth of
arithmetic (forward, and two products backward) in a graph whose normalization cannot be folded away."""
_STEP = 0.002
"""Seconds that a step takes beside its arithmetic."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds a sample, as measured: to read and prepare it, and to take it through the whole frozen backbone."""

    prepare: float
    forward: float


def estimate_seconds(state: SupervisedState, plan: Plan) -> float:
    """Return about how many seconds a phase takes by this plan; what the feature store holds already costs nothing.

    The parts below and above the cut share the backbone's time by their multiply-adds. Compiling is left out.
    """
    setup = state.setup
    pace = _pace(state, plan.engine)
    train, judged = len(setup.data.train), len(setup.data.validation)
    names = [stage.name for stage in setup.backbone.stages]
    cut = None if plan.cut is None else names.index(plan.cut)
    below = pace.forward * _share_below(state, cut)
    above = pace.forward - below
    steps = -(-train // plan.batch_size)
    seconds = plan.units * (_TRAINING * above * train + above * judged + _STEP * steps)
    if plan.mode != "live":
        assert cut is not None
        missing = 0 if _is_stored(state, cut, plan.engine) else plan.cache_bytes // max(1, row_bytes(setup, cut))
        return seconds + missing * (pace.prepare + below)
    readings = 1 if samples_fit_memory(setup) else plan.units
    return seconds + (train + judged) * (readings * pace.prepare + plan.units * below)


def _share_below(state: SupervisedState, cut: int | None) -> float:
    costs = stage_multiply_adds(state.setup.backbone)
    if cut is None:
        return 0.0
    if cut == len(costs) - 1 or not sum(costs):
        return 1.0
    return sum(costs[: cut + 1]) / sum(costs)


def _is_stored(state: SupervisedState, cut: int, engine: str) -> bool:
    setup = state.setup
    return is_stored(state.network.sever(cut), setup, state.store, kept_samples(setup, row_bytes(setup, cut)), engine)


def _pace(state: SupervisedState, engine: str) -> Pace:
    """Return the pace with this engine, measured once after a batch that compiles and opens files."""
    if engine not in state.paces:
        setup = state.setup
        with setup.progress.track("measuring the pace of this machine", 1, "times") as advance:
            indices = np.resize(setup.data.train, _SAMPLES)
            stream = prepared(setup.data.examples, setup.backbone.preprocessing, indices, _BATCH)
            batches = [batch.numpy() for batch in stream]
            began = time.perf_counter()
            batches = [batch.numpy() for batch in stream]
            prepare = (time.perf_counter() - began) / _SAMPLES
            below = state.network.sever(len(setup.backbone.stages) - 1).below
            run = compiled_or_tensorflow(engine, below, sample_signature(setup), batches[0], setup.progress.note)
            list(run.over(batches[:1]))
            began = time.perf_counter()
            list(run.over(batches))
            state.paces[engine] = Pace(prepare, (time.perf_counter() - began) / _SAMPLES)
            advance(1)
    return state.paces[engine]
