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

    def steps_to(self, goal: float, budget: int) -> float:
        """Return the steps after which the returns were first measured to reach a goal; the budget where never."""
        return float(next((at for at, mean in zip(self.steps, self.returns, strict=True) if mean >= goal), budget))


@dataclass(frozen=True, slots=True)
class TransferReport:
    """What transfer gained over training from scratch with the same budget.

    Each measure is an interquartile mean over runs, with its 95 % interval; of one run there is none. ``jumpstart`` and
    ``asymptote`` are differences of the return where all runs have been measured first, and last; between the two,
    ``area_ratio`` is the area between the curves over that below the one from scratch, both above the lowest return
    that was seen. ``steps_to_threshold`` has the steps of each group, of each run those at which it was measured, and
    ``step_ratio`` is transfer's over scratch's. All are Taylor and Stone's (2009, Journal of Machine Learning Research
    10, section 2). A run that never reaches the threshold counts with the whole budget; ``reached`` says how many of
    each group did.
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
        if min(self.runs.values()) == 1:
            return f"One run tells little: over the budget {self.area_ratio.value:+.0%} of the area; take ten seeds."
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
    )


def _share(ratio: Estimate) -> str:
    return f"{ratio.value:+.0%} of the area, 95 % interval {ratio.low:+.0%} to {ratio.high:+.0%}"
