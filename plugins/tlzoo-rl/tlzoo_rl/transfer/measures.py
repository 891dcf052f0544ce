"""Four measures of transfer between two groups of learning curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tlzoo.errors import DataError
from tlzoo_rl.transfer.intervals import Estimate, estimate, interquartile_mean

__all__ = ["Curve", "TransferReport", "measure"]

_POINTS = 20
_ENOUGH = 0.9
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Curve:
    """A learning curve: ascending ``steps``, and the mean ``returns`` of the episodes finished since the last one."""

    steps: tuple[int, ...]
    returns: tuple[float, ...]

    def at(self, points: np.ndarray) -> np.ndarray:
        """Return returns at these numbers of steps, by linear interpolation; constant beyond the ends."""
        found: np.ndarray = np.interp(points, self.steps, self.returns)
        return found

    def steps_to(self, goal: float, budget: int) -> float:
        """Return the steps until the measured returns reach a goal; the budget if they never do."""
        return float(next((at for at, mean in zip(self.steps, self.returns, strict=True) if mean >= goal), budget))


@dataclass(frozen=True, slots=True)
class TransferReport:
    """The gain of transfer over training from scratch with the same budget.

    Each measure is an interquartile mean over runs, with its 95 % confidence interval, except for one run.
    ``jumpstart`` and ``asymptote`` are differences of the return at the first and the last point that all runs have.
    Between these, ``area_ratio`` is the area between the curves divided by that below the one from scratch, both above
    the lowest return. ``steps_to_threshold`` has the steps of each group, at the measured points of each run, and
    ``step_ratio`` is transfer's divided by scratch's. All are defined by Taylor and Stone (2009, Journal of Machine
    Learning Research 10, section 2). A run that never reaches the threshold counts with the whole budget; ``reached``
    is the number of runs of each group that reach it. ``above`` and ``below`` are ranges of steps in which the interval
    of the difference of returns lies above or below zero; both are empty for one run.
    """

    budget: int
    threshold: float
    runs: Mapping[str, int]
    jumpstart: Estimate
    asymptote: Estimate
    area_ratio: Estimate
    step_ratio: Estimate
    steps_to_threshold: Mapping[str, float]
    reached: Mapping[str, int]
    above: Sequence[tuple[int, int]]
    below: Sequence[tuple[int, int]]

    @property
    def verdict(self) -> str:
        """The result in one sentence, the first line of the report, also if transfer did harm."""
        low, high = self.area_ratio.low, self.area_ratio.high
        if min(self.runs.values()) == 1:
            return f"One run is not enough: area under the curve {self.area_ratio.value:+.0%}; use ten seeds."
        if high < 0:
            return f"Negative transfer: lower returns over the budget than from scratch ({_share(self.area_ratio)})."
        if low > 0:
            return f"Transfer helps: higher returns over the budget than from scratch ({_share(self.area_ratio)})."
        return f"No difference beyond noise in these runs: {_share(self.area_ratio)}."

    def to_json(self) -> dict[str, Any]:
        """Return all figures."""
        return {"verdict": self.verdict, **asdict(self)}


def measure(
    transfer: Sequence[Curve], scratch: Sequence[Curve], budget: int, threshold: float | None = None
) -> TransferReport:
    """Return the report of two groups of runs with the same budget in steps.

    The default ``threshold`` is nine tenths of the way from the lowest return to the final one from scratch.

    Raises:
        DataError: If a group has no run.
    """
    if not transfer or not scratch:
        raise DataError(
            "transfer needs runs of both groups, but one group is empty", "add runs with and without transfer"
        )
    every = (*transfer, *scratch)
    begin, end = sorted((max(each.steps[0] for each in every), min(each.steps[-1] for each in every)))
    points = np.linspace(begin, end, _POINTS)
    with_, without = (np.stack([each.at(points) for each in group]) for group in (transfer, scratch))
    lowest = min(with_.min(), without.min())
    ended = interquartile_mean(without[:, -1])
    goal = threshold if threshold is not None else lowest + _ENOUGH * (ended - lowest)
    steps = {
        name: np.array([each.steps_to(goal, budget) for each in group])
        for name, group in (("transfer", transfer), ("scratch", scratch))
    }

    def gained(column: int) -> Estimate:
        return estimate(
            lambda one, other: interquartile_mean(one[..., column]) - interquartile_mean(other[..., column]),
            with_,
            without,
        )

    def areas(one: np.ndarray, other: np.ndarray) -> Any:
        below = np.maximum(interquartile_mean(other.mean(axis=-1) - lowest), _TINY)
        return (interquartile_mean(one.mean(axis=-1) - lowest) - below) / below

    several = min(len(transfer), len(scratch)) > 1
    differences = [gained(column) for column in range(_POINTS if several else 0)]
    return TransferReport(
        budget=budget,
        threshold=float(goal),
        runs={"transfer": len(transfer), "scratch": len(scratch)},
        jumpstart=gained(0),
        asymptote=gained(-1),
        area_ratio=estimate(areas, with_, without),
        step_ratio=estimate(
            lambda one, other: interquartile_mean(one) / interquartile_mean(other), steps["transfer"], steps["scratch"]
        ),
        steps_to_threshold={name: float(interquartile_mean(each)) for name, each in steps.items()},
        reached={
            name: sum(max(each.returns) >= goal for each in group)
            for name, group in (("transfer", transfer), ("scratch", scratch))
        },
        above=_ranges(points, [each.low > 0 for each in differences]),
        below=_ranges(points, [each.high < 0 for each in differences]),
    )


def _ranges(points: np.ndarray, chosen: Sequence[bool]) -> tuple[tuple[int, int], ...]:
    """Return the first and the last of each row of chosen points."""
    found: list[tuple[int, int]] = []
    for place, (point, own) in enumerate(zip(points.round().astype(int).tolist(), chosen, strict=False)):
        if own:
            begin = found.pop()[0] if place and chosen[place - 1] else point
            found.append((begin, point))
    return tuple(found)


def _share(ratio: Estimate) -> str:
    return f"area under the curve {ratio.value:+.0%}, 95 % interval {ratio.low:+.0%} to {ratio.high:+.0%}"
