"""Planning of a phase: the cut, the cache and the engine of the frozen part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tlzoo.data.balance import balanced_count
from tlzoo.errors import UsageError
from tlzoo.process.memory import format_bytes
from tlzoo.training.batch_size import refuse_batches_of_one
from tlzoo.training.contract import Plan
from tlzoo.training.costs.multiply_adds import MULTIPLY_ADDS_A_SECOND, frozen_multiply_adds, stage_multiply_adds
from tlzoo.training.costs.peak_memory import statistics_batch, with_expected_peak
from tlzoo.training.frozen.cache_budget import cache_budget, cached_samples, excludes_test_split, row_bytes
from tlzoo.training.frozen.engines import engine_for
from tlzoo.training.phases.adabn import normalizing_layers
from tlzoo.training.phases.objective_loss import check_objective, observed_stages, uses_target
from tlzoo.training.solving.eligibility import solved

if TYPE_CHECKING:
    from tlzoo.objectives import Objective
    from tlzoo.strategies import Phase
    from tlzoo.training.contract import Setup
    from tlzoo.training.network import Network

__all__ = ["is_worth_caching", "plan_phase", "rates_of", "row_bytes_at"]

_SMALL = 256_000_000
_PLURALS = {"vector": "features", "map": "maps", "sequence": "sequences", "pyramid": "pyramids"}
_BYTES_A_SECOND = 500e6
"""Approximate read rate of a disk, for rough comparisons."""


def plan_phase(network: Network, setup: Setup, phase: Phase, epochs: int) -> Plan:
    """Cut at the highest frozen stage, cache its tensors if they fit the budget, and choose a solver.

    The plan has the expected peak memory; exceeding the limit raises no error here.

    Raises:
        UsageError: For a phase with unknown variables in its selection or rates, with rates that omit trained
            variables, or with an objective that this run cannot use.
        BatchSizeError: For batches of one sample that BatchNorm would make zero.
    """
    plan = _kept(network, setup, phase, epochs)
    plan = solved(plan, network, setup, phase) if phase.solver == "lbfgs" else plan
    if plan.trained and plan.solver == "gradient":
        refuse_batches_of_one(network, phase, plan.batch_size)
    return with_expected_peak(plan, network, setup, phase)


def _kept(network: Network, setup: Setup, phase: Phase, epochs: int) -> Plan:
    """Return the plan of gradient training. Only the highest cut is considered.

    Towards the input, activations grow and savings shrink.
    """
    trained = phase.train.paths(network.parts)
    check_objective(network, setup, phase)
    if phase.objective is not None and phase.objective.measures_statistics:
        return _one_pass(network, setup, phase, phase.objective)
    rates_of(phase, network)
    stages = setup.backbone.stages
    cut = network.highest_cut(trained)
    live = Plan(
        mode="live",
        cut=None if cut is None else stages[cut].name,
        units=epochs,
        batch_size=phase.batch_size or setup.batch_size,
        cache_bytes=0,
        trained=sum(math.prod(network.variables[path].shape) for path in trained),
        reason="the lowest stage trains" if stages[0].cut is not None else "the backbone cannot be cut",
        image_size=phase.image_size,
        augment=phase.augment,
        beside=_trained_on(setup, 1) if uses_target(phase) else 0,
        observed=observed_stages(network, phase),
        teacher=phase.objective is not None and phase.objective.teacher,
        inputs=phase.objective is not None and phase.objective.needs_samples(),
    )
    if cut is None:
        return live
    if phase.objective is not None and live.inputs:
        sees = "uses the inputs" if phase.objective.sees_inputs else "compares with the pretrained network"
        return replace(live, reason=f"features are not cached: the phase's objective {sees}")
    row, views = row_bytes_at(network, cut, live.observed), _views(setup, epochs)
    size, view = row * len(cached_samples(setup, row)), row * len(setup.data.train)
    if live.beside and setup.target is not None:
        size += row * len(cached_samples(replace(setup, data=setup.target), row))
        view += row * len(setup.target.train)
    live = replace(live, engine=engine_for(frozen_multiply_adds(setup, cut)))
    against = _against_keeping(setup, cut, row, size, size + views * view)
    if against is not None:
        return replace(live, reason=against)
    at_top = cut == len(stages) - 1
    reason = "the whole backbone is frozen" if at_top else f"nothing trains up to {stages[cut].name}"
    aside = "; the test split is not cached" if excludes_test_split(setup, row) else ""
    kept = replace(
        live,
        cache_bytes=size,
        forward_passes_saved=(epochs - 1) * len(setup.data.validation),
        reason=reason + aside,
    )
    if setup.augment is not None:
        return _augmented(kept, setup, epochs, views, view, cache_budget())
    saved = kept.forward_passes_saved + max(0, _trained_on(setup, epochs) - len(setup.data.train))
    if kept.beside and setup.target is not None:
        saved += max(0, epochs * kept.beside - len(setup.target.train))
    return replace(kept, mode="cached features" if at_top else "cached prefix", forward_passes_saved=saved)


def is_worth_caching(network: Network, setup: Setup, cut: int) -> bool:
    """Return whether a plan caches the tensors of the original samples at the stage at ``cut``."""
    row = row_bytes_at(network, cut)
    size = row * len(cached_samples(setup, row))
    return _against_keeping(setup, cut, row, size, size) is None


def _against_keeping(setup: Setup, cut: int, row: int, size: int, with_views: int) -> str | None:
    """Return why tensors of this size, plus augmented ones, are not cached; None if they are.

    ``row`` is the size of one sample in bytes.
    """
    at_top = cut == len(setup.backbone.stages) - 1
    what = f"the frozen {_PLURALS[setup.head.takes] if at_top else 'activations'}"
    if not row:
        return f"{what} vary in size and are not cached"
    budget = cache_budget()
    if size > budget:
        return f"{what} would take {format_bytes(size)} in the cache; the budget is {format_bytes(budget)}"
    computing = sum(stage_multiply_adds(setup.backbone)[: cut + 1]) / MULTIPLY_ADDS_A_SECOND
    if with_views > _SMALL and row / _BYTES_A_SECOND > computing:
        return f"reading {row / 1e6:.1f} MB per sample takes longer than computing"
    return None


def _one_pass(network: Network, setup: Setup, phase: Phase, objective: Objective) -> Plan:
    """Return the plan of a phase that measures statistics."""
    layers = normalizing_layers(network, phase)
    whose = "the target" if objective.needs_target() else "the training split"
    reason = f"{len(layers)} BatchNorm layers are set to the statistics of {whose}, in one pass"
    beside = len(setup.target.train) if objective.needs_target() and setup.target is not None else 0
    samples = beside or len(setup.data.train)
    return Plan(
        mode="live",
        cut=None,
        units=1,
        batch_size=statistics_batch(setup.backbone, samples),
        cache_bytes=0,
        trained=0,
        reason=reason,
        beside=beside,
        image_size=phase.image_size,
        augment=phase.augment,
    )


def _augmented(kept: Plan, setup: Setup, epochs: int, views: int, view: int, budget: int) -> Plan:
    """Return the plan for augmented training samples; ``kept`` is the plan for evaluated samples.

    ``view`` is the size of each of the ``views`` in bytes.
    """
    if not views:
        note = "samples are augmented in every epoch; `-A views=8` would cache 8 versions of each"
        return replace(kept, reason=f"{kept.reason}; {note}")
    size = kept.cache_bytes + views * view
    if size > budget:
        room = f"the budget has room for {(budget - kept.cache_bytes) // view}"
        return replace(kept, reason=f"{views} views would take {views * view / 1e9:.1f} GB, {room}")
    saved = kept.forward_passes_saved + max(0, _trained_on(setup, epochs) - views * len(setup.data.train))
    return replace(kept, mode="cached views", views=views, cache_bytes=size, forward_passes_saved=saved)


def _trained_on(setup: Setup, epochs: int) -> int:
    """Return the number of samples in the steps of ``epochs`` epochs."""
    return epochs * balanced_count(setup.data.labels[setup.data.train], setup.balance)


def _views(setup: Setup, epochs: int) -> int:
    """Return the number of augmented versions of the training split to cache."""
    asked = None if setup.augment is None else setup.augment.options.views
    return min(asked, epochs) if asked else 0


def rates_of(phase: Phase, network: Network) -> list[tuple[list[str], float]]:
    """Return groups of trained paths with their learning rate; for a path, the last matching selection counts."""
    trained = phase.train.paths(network.parts)
    if isinstance(phase.rates, float | int):
        return [(sorted(trained), float(phase.rates))]
    rate_of: dict[str, float] = {}
    for selection, rate in phase.rates:
        rate_of |= dict.fromkeys(selection.paths(network.parts), rate)
    without = sorted(trained - rate_of.keys())
    if without:
        raise UsageError(
            f"phase {phase.name!r} has no learning rate for {without[0]}", "begin rates with (everything(), rate)"
        )
    rates = sorted({rate_of[path] for path in trained})
    return [([path for path in sorted(trained) if rate_of[path] == rate], rate) for rate in rates]


def row_bytes_at(network: Network, cut: int, observed: Sequence[str] = ()) -> int:
    """Return the size of a sample's tensors in the cache at the stage at ``cut`` in bytes; 0 if it varies.

    Features of ``observed`` stages at or below it are included.
    """
    tensors = network.boundary(cut, observed)
    return row_bytes([tensor.shape[1:] for tensor in tensors], [tensor.dtype for tensor in tensors])
