"""Eligibility of a phase for the solver, and its estimated duration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tlzoo.backbones import pooled_size
from tlzoo.durations import format_duration
from tlzoo.process.memory import format_bytes, share
from tlzoo.training.costs.multiply_adds import MULTIPLY_ADDS_A_SECOND
from tlzoo.training.solving.cross_validation import ENOUGH
from tlzoo.training.solving.fit import MOST_PASSES
from tlzoo.training.solving.layers import linear_layers

if TYPE_CHECKING:
    from tlzoo.strategies import Phase
    from tlzoo.training.contract import Plan, Setup
    from tlzoo.training.network import Network

__all__ = ["feature_bytes", "seconds_to_solve", "solved"]

_MOST_FEATURES = 2_000_000_000
_MOST_SECONDS = 120.0
_SECONDS_A_PASS = 5e-4
_PASSES, _PASSES_TO_CHOOSE = 40, 400
"""Of the last fit over all samples, and of all that choose the penalty, over up to 5,000: the most that
``tests/benchmarks/linear_heads.py`` counts on three backbones."""
_OF_GRADIENTS = ("accumulate", "clip_norm", "ema", "patience")


def solved(plan: Plan, network: Network, setup: Setup, phase: Phase) -> Plan:
    """Return a phase's plan with the requested solver, or with the reason for training by gradients."""
    against = _reason_against(plan, network, setup, phase)
    if against:
        return replace(plan, reason=f"{plan.reason}; trained by gradients: {against}")
    reason = f"{plan.reason}; the head is fitted to its optimum"
    return replace(plan, solver="lbfgs", units=MOST_PASSES, reason=reason)


def feature_bytes(setup: Setup) -> int:
    """Return the bytes of the pooled features, float32, of the training split."""
    return 4 * len(setup.data.train) * pooled_size(setup.backbone.features, setup.head.pooling)


def seconds_to_solve(setup: Setup) -> float:
    """Return the estimated seconds to choose a penalty and fit on two cores."""
    count = len(setup.data.train)
    size = 2 * pooled_size(setup.backbone.features, setup.head.pooling) * setup.data.task.outputs
    samples = _PASSES * count + _PASSES_TO_CHOOSE * min(count, ENOUGH)
    return samples * size / MULTIPLY_ADDS_A_SECOND + (_PASSES + _PASSES_TO_CHOOSE) * _SECONDS_A_PASS


def _reason_against(plan: Plan, network: Network, setup: Setup, phase: Phase) -> str | None:
    return _of_what_trains(network, phase) or _of_the_run(plan, setup, phase) or _of_the_size(setup)


def _of_what_trains(network: Network, phase: Phase) -> str | None:
    trained = phase.train.paths(network.parts)
    if trained != network.parts.head:
        return "more than the head trains" if trained - network.parts.head else "a part of the head is frozen"
    if network.takes != "vector":
        return f"the head takes a {network.takes}"
    layers = linear_layers(network.head)
    return layers if isinstance(layers, str) else None


def _of_the_run(plan: Plan, setup: Setup, phase: Phase) -> str | None:
    if phase.objective is not None:
        return "the phase has an objective"
    if setup.augment is not None:
        return "samples are augmented"
    if plan.mode != "cached features":
        return "the features are not cached"
    if asked := _descended_with(setup):
        return f"the {asked} is asked for"
    if setup.balance in {"oversample", "undersample"}:
        return f"{setup.balance} draws different samples in every epoch"
    fields = type(phase).model_fields
    asked = next((name for name in _OF_GRADIENTS if getattr(phase, name) != fields[name].default), None)
    return asked and f"the phase asks for {asked}"


def _descended_with(setup: Setup) -> str | None:
    """Return the option of the run that needs gradients: an optimizer or a Keras loss."""
    if setup.optimizer != "adamw":
        return f"optimizer {setup.optimizer}"
    return None if setup.loss is None or isinstance(setup.loss, str) else f"loss {setup.loss}"


def _of_the_size(setup: Setup) -> str | None:
    size, most = feature_bytes(setup), min(_MOST_FEATURES, share("features", setup.memory))
    if size > most:
        return f"features of {format_bytes(size)} exceed the {format_bytes(most)} that fit memory"
    seconds = seconds_to_solve(setup)
    if seconds > _MOST_SECONDS:
        return f"the solver would take about {format_duration(seconds, estimate=True)}"
    return None
