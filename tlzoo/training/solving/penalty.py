"""Choice of the weight penalty by cross-validation on the training split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.training.solving.fit import Fitted, fit
from tlzoo.training.solving.objective import Samples

if TYPE_CHECKING:
    from tlzoo.training.solving.objective import Objective

__all__ = ["PENALTIES", "Chosen", "choose_penalty"]

PENALTIES = tuple(float(10.0**power) for power in np.arange(3, -4.1, -0.5))
"""From the strongest to the weakest."""

_RISES = 2
_GAIN = 1e-4
"""Convergence criterion for comparisons, which need less precision."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A penalty, and the mean validation loss of each tested penalty."""

    penalty: float
    losses: dict[float, float]


def choose_penalty(
    objective: Objective,
    inputs: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    folds: np.ndarray,
    judge: Callable[[np.ndarray, np.ndarray], float],
) -> Chosen:
    """Return the penalty with the lowest loss on held-out samples.

    ``folds`` (N,) are the folds of the samples; ``judge`` maps positions and outputs to a mean loss. Every
    fold's fit starts from that of the next stronger penalty, and the search ends after two increases of the loss.
    """
    numbers = np.unique(folds)
    parts = [Samples(*(each[folds != number] for each in (inputs, targets, weights))) for number in numbers]
    left_out = [np.flatnonzero(folds == number) for number in numbers]
    fitted: list[Fitted | None] = [None] * len(numbers)
    losses: dict[float, float] = {}
    for penalty in PENALTIES:
        total = 0.0
        for at, held in enumerate(left_out):
            fitted[at] = found = fit(objective, parts[at], penalty, fitted[at], gain=_GAIN)
            total += len(held) * judge(held, found.outputs(inputs[held]))
        losses[penalty] = total / len(inputs)
        best = min(losses, key=lambda each: losses[each])
        if list(losses).index(best) < len(losses) - _RISES:
            break
    return Chosen(best, losses)
