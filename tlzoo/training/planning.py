"""How to run a phase: what below the highest trained stage is computed once and kept."""

from __future__ import annotations

import math
import os
import shutil
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.backbones import pooled_size
from tlzoo.errors import UsageError
from tlzoo.folders import cache_folder
from tlzoo.training.contract import Plan

if TYPE_CHECKING:
    from keras import KerasTensor

    from tlzoo.strategies import Phase
    from tlzoo.training.contract import Setup
    from tlzoo.training.network import Network

__all__ = ["cache_budget", "plan_phase"]


def plan_phase(network: Network, setup: Setup, phase: Phase, epochs: int) -> Plan:
    """Cut at the highest stage under which nothing trains, and keep its tensors while they fit the budget.

    Raises UsageError for a phase whose selection or rates name variables that do not exist, or rates that leave trained
    variables without one.
    """
    trained = phase.train.paths(network.parts)
    rates_of(phase, network)
    stages = setup.backbone.stages
    cut = network.highest_cut(trained)
    parameters = sum(math.prod(network.variables[path].shape) for path in trained)
    samples = len(setup.data.examples)

    def plan(mode: str, size: int, reason: str) -> Plan:
        return Plan(
            mode=mode,  # type: ignore[arg-type]
            cut=None if cut is None else stages[cut].name,
            units=epochs,
            batch_size=setup.batch_size,
            cache_bytes=size,
            trained=parameters,
            reason=reason,
        )

    if cut is None:
        return plan("live", 0, "the lowest stage trains" if stages[0].cut is not None else "the backbone cannot be cut")
    at_top = cut == len(stages) - 1
    row = 4 * pooled_size(setup.backbone.features, setup.head.pooling) if at_top else _row_bytes(stages[cut].cut or ())
    size, budget = row * samples, cache_budget()
    if size > budget:
        return plan("live", 0, f"what is below would take {size / 1e9:.1f} GB, the budget is {budget / 1e9:.1f} GB")
    if at_top:
        return plan("cached features", size, "the whole backbone is frozen")
    return plan("cached prefix", size, f"nothing trains up to {stages[cut].name}")


def rates_of(phase: Phase, network: Network) -> list[tuple[list[str], float]]:
    """Return groups of trained paths with their learning rate; a path takes the last rate whose selection holds it."""
    trained = phase.train.paths(network.parts)
    if isinstance(phase.rates, float | int):
        return [(sorted(trained), float(phase.rates))]
    rate_of: dict[str, float] = {}
    for selection, rate in phase.rates:
        rate_of |= dict.fromkeys(selection.paths(network.parts), rate)
    without = sorted(trained - rate_of.keys())
    if without:
        raise UsageError(
            f"phase {phase.name!r} gives no rate to {without[0]}", "begin the rates with (everything(), rate)"
        )
    rates = sorted({rate_of[path] for path in trained})
    return [([path for path in sorted(trained) if rate_of[path] == rate], rate) for rate in rates]


def cache_budget() -> int:
    """Return how many bytes one set of kept activations may take: ``TLZOO_CACHE_BUDGET`` (bytes), or a quarter of what is
    free where the cache lies, at most 8 GB.
    """
    given = os.environ.get("TLZOO_CACHE_BUDGET")
    if given:
        return int(float(given))
    folder = cache_folder()
    while not folder.exists():
        folder = folder.parent
    return min(8_000_000_000, shutil.disk_usage(folder).free // 4)


def _row_bytes(tensors: tuple[KerasTensor, ...]) -> int:
    return sum(math.prod(tensor.shape[1:]) * np.dtype(tensor.dtype).itemsize for tensor in tensors)
