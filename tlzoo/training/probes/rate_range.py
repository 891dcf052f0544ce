"""The learning-rate range test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.process.memory import memory_limit
from tlzoo.strategies import Answer, Epochs, Phase, RateRange
from tlzoo.training.costs.peak_memory import refuse_beyond_limit
from tlzoo.training.frozen.views import view_of
from tlzoo.training.phases.compiled_step import compiled_step
from tlzoo.training.phases.intents import set_intents
from tlzoo.training.phases.run import boundary_of
from tlzoo.training.planning import plan_phase
from tlzoo.training.seeds import reseed

if TYPE_CHECKING:
    from tlzoo.training.state import SupervisedState

__all__ = ["find_rate_range"]

_SMOOTHING = 0.9
_EXPLODED = 4.0


def find_rate_range(state: SupervisedState, probe: RateRange) -> Answer:
    """Train a few steps with an increasing rate, and restore the weights.

    The loss is smoothed exponentially (factor 0.9, bias-corrected); the test ends if it is four times the
    minimum so far, or not finite.
    """
    phase = Phase(name="rate range", train=probe.train, budget=Epochs(1), rates=probe.lowest, schedule="constant")
    state.checkpoints.load(probe.start or "initial")
    set_intents(state.network, phase)
    plan = plan_phase(state.network, state.setup, phase, 1)
    refuse_beyond_limit(plan, phase.name, str(memory_limit()))
    boundary = boundary_of(state, plan)
    step, _ = compiled_step(state, phase, boundary, plan)
    seed, size = state.setup.seed, state.setup.batch_size
    reseed([state.network.backbone.model, state.network.head], seed, "rate range")
    ratio = probe.highest / probe.lowest
    rates: list[float] = []
    losses: list[float] = []
    average = 0.0
    with state.setup.progress.track("rate range", probe.steps, "steps") as advance:
        order = np.concatenate(
            [state.order("rate range", epoch) for epoch in range(math.ceil(probe.steps * size / state.epoch_samples))]
        )[: probe.steps * size]
        view = view_of(state.setup, cut=plan.cut is not None, place=("rate range",), epoch=0)
        for number, tensors in enumerate(boundary.training(view).batches(order, size)):
            rate = probe.lowest * ratio ** (number / max(1, probe.steps - 1))
            truth = state.truth(order[number * size : (number + 1) * size])
            targets, weights = view.truth(
                state.setup.augment, order, number * size, number, *truth, state.setup.data.task.output_form
            )
            loss = float(step(tuple(tensors), targets, weights, np.array([rate], np.float32))[0])
            average = _SMOOTHING * average + (1 - _SMOOTHING) * loss
            smoothed = average / (1 - _SMOOTHING ** (number + 1))
            if not math.isfinite(smoothed) or smoothed > _EXPLODED * min([*losses, smoothed]):
                break
            rates.append(rate)
            losses.append(smoothed)
            advance(1)
    state.checkpoints.load(probe.start or "initial")
    suggested = rates[int(np.argmin(losses))] / 10 if losses else probe.lowest
    return Answer({"rates": rates, "losses": losses, "suggested": suggested})
