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
    """How a run went: ``steps`` so far, ascending, and the mean ``returns`` of the episodes that ended since."""

    steps: tuple[int, ...]
    returns: tuple[float, ...]

    def at(self, points: np.ndarray) -> np.ndarray:
        """Return returns at these numbers of steps: between two points on a line, beyond the ends as at the ends."""
        found: np.ndarray = np.interp(points, self.steps, self.returns)
        return found


@dataclass(frozen=True, slots=True)
class TransferReport:
    """What transfer gained over training from scratch with the same budget.

    Each measure is an interquartile mean over runs, with its 95 % interval. ``jumpstart`` and ``asymptote`` are
    differences of the return, over the first and the last twentieth of the budget; ``steps_to_threshold`` has the steps
    of each group, and ``step_ratio`` transfer's over scratch's; ``area_ratio`` is the area between the curves over that
    below the one from scratch, both above the lowest return that was seen. All are Taylor and Stone's (2009, Journal of
    Machine Learning Research 10, section 2). A run that never reaches the threshold counts with the whole budget;
    ``reached`` says how many of each group did.
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

    @property
    def verdict(self) -> str:
        """Say in a sentence what came of it: the first line of the report, also where transfer did harm."""
        low, high = self.area_ratio.low, self.area_ratio.high
        if high < 0:
            return f"Negative transfer: over the budget it returned less than from scratch ({_share(self.area_ratio)})."
        if low > 0:
            return f"Transfer helps: over the budget it returned more than from scratch ({_share(self.area_ratio)})."
        return f"No difference that these runs can tell: over the budget {_share(self.area_ratio)}."

    def to_json(self) -> dict[str, Any]:
        """Return all figures."""
        return {"verdict": self.verdict, **asdict(self)}


def measure(
    transfer: Sequence[Curve], scratch: Sequence[Curve], budget: int, threshold: float | None = None
) -> TransferReport:
    """Return the report of two groups of runs with the same budget in steps.

    Without a ``threshold`` it is nine tenths of the way from the lowest return to where from scratch ended. Raises
    DataError where a group has no run.
    """
    if not transfer or not scratch:
        raise DataError("transfer is measured between runs, and there are none", "run some of both")
    points = np.linspace(budget / _POINTS, budget, _POINTS)
    with_, without = (np.stack([each.at(points) for each in group]) for group in (transfer, scratch))
    lowest = min(with_.min(), without.min())
    ended = interquartile_mean(without[:, -1])
    goal = threshold if threshold is not None else lowest + _ENOUGH * (ended - lowest)
    steps = {
        name: np.array([_first(row, points, goal, budget) for row in group])
        for name, group in (("transfer", with_), ("scratch", without))
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
            "transfer": int((with_ >= goal).any(axis=1).sum()),
            "scratch": int((without >= goal).any(axis=1).sum()),
        },
    )


def _first(row: np.ndarray, points: np.ndarray, goal: float, budget: int) -> float:
    above = np.flatnonzero(row >= goal)
    return float(points[above[0]]) if len(above) else float(budget)


def _share(ratio: Estimate) -> str:
    return f"{ratio.value:+.0%} of the area, 95 % interval {ratio.low:+.0%} to {ratio.high:+.0%}"
