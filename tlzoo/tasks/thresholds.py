"""Rules that choose the decision threshold of each class on held-out samples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from tlzoo.errors import UsageError

__all__ = ["THRESHOLD", "ThresholdRule", "best_thresholds", "read_rule"]

THRESHOLD = 0.5
"""Default decision threshold: a class applies from this probability."""

_FEWEST = 5
_TIES = 1e-12
_ABOVE_ALL = 1.001
_FORMS = "half, f1, recall=0.9, precision=0.9 or cost=5"

Measure = Literal["f1", "recall", "precision", "cost"]


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """The rule of a threshold.

    ``f1`` has the largest F1, ``recall`` the largest precision with a recall of at least ``value``, ``precision`` the
    largest recall with a precision of at least ``value``, and ``cost`` the smallest cost, where a missed label costs
    ``value`` times as much as a wrong one.
    """

    measure: Measure = "f1"
    value: float = 1.0


def read_rule(text: str) -> ThresholdRule | None:
    """Return the rule of a recipe; None for thresholds of 0.5. Raises UsageError for another text.

    >>> read_rule("recall=0.9"), read_rule("half")
    (ThresholdRule(measure='recall', value=0.9), None)
    """
    if text == "half":
        return None
    if text in {"f1", "validation"}:
        return ThresholdRule()
    found = re.fullmatch(r"(recall|precision|cost)=(\d*\.?\d+)(%?)", text)
    value = float(found[2]) / (100 if found[3] else 1) if found else 0.0
    if found is None or value <= 0 or (found[1] != "cost" and value > 1):
        raise UsageError(f"no decision threshold {text!r}", f"valid: {_FORMS}")
    measure = next(each for each in get_args(Measure) if each == found[1])
    return ThresholdRule(measure, value)


def best_thresholds(
    labels: np.ndarray, probabilities: np.ndarray, rule: ThresholdRule | None = None
) -> tuple[float, ...]:
    """Return the best threshold of each class by a rule, on labels (N, K) and probabilities (N, K).

    A threshold is midway between two probabilities, or above all of them. Of equally good ones, the nearest to 0.5 is
    chosen. A class with fewer than five positive or negative examples keeps 0.5, because they are too few; so does a
    class that reaches the required recall or precision at no threshold.

    Args:
        labels: 0 or 1.
        probabilities: Of the classes.
        rule: The rule; None for the largest F1.

    Returns:
        The thresholds (K,).
    """
    truth, shares = np.asarray(labels) > 0, np.asarray(probabilities, np.float64)
    chosen: Sequence[float] = [
        _best(own, rows, rule or ThresholdRule()) for own, rows in zip(truth.T, shares.T, strict=True)
    ]
    return tuple(chosen)


def _best(truth: np.ndarray, probabilities: np.ndarray, rule: ThresholdRule) -> float:
    if min(truth.sum(), (~truth).sum()) < _FEWEST:
        return THRESHOLD
    order = np.argsort(-probabilities, kind="stable")
    falling, right = probabilities[order], np.cumsum(truth[order])
    ends = np.flatnonzero(np.append(falling[:-1] > falling[1:], True))  # the last one is an end too
    gains = _gains(np.append(0, right[ends]), np.append(0, ends + 1), int(truth.sum()), rule)
    if not np.isfinite(gains.max()):
        return THRESHOLD
    below = np.append(falling[ends[:-1] + 1], 0.0)
    none = 1.0 if falling[0] < 1 else _ABOVE_ALL
    middles = np.append(none, (falling[ends] + below) / 2)
    best = np.flatnonzero(gains >= gains.max() - _TIES)
    return float(middles[best[np.abs(middles[best] - THRESHOLD).argmin()]])


def _gains(right: np.ndarray, predicted: np.ndarray, positive: int, rule: ThresholdRule) -> np.ndarray:
    """Return what a rule maximizes at each threshold; minus infinity where its condition does not hold."""
    precision, recall = right / np.maximum(predicted, 1), right / positive
    match rule.measure:
        case "f1":
            return np.asarray(2 * right / (predicted + positive))
        case "recall":
            return np.where(recall >= rule.value - _TIES, precision, -np.inf)
        case "precision":
            return np.where(precision >= rule.value - _TIES, recall, -np.inf)
        case "cost":
            return np.asarray(-(rule.value * (positive - right) + predicted - right), np.float64)
