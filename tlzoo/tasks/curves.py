"""ROC and precision-recall curves of one class against the others, with their areas and intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["ClassCurves", "Curves", "class_curves", "points"]

_Z = 1.959964
_ROUNDING = 1e-9
_FEWEST = 2
"""Fewest samples on each side from which the variance of an area can be estimated."""

_MOST = 50_000_000
"""Largest number of probabilities: more take seconds to sort."""


@dataclass(frozen=True, slots=True)
class ClassCurves:
    """The areas under the curves of a class, with 95 % intervals.

    ``roc_auc_interval`` is None if the variance cannot be estimated: with one sample on a side, or equal scores.
    """

    roc_auc: float
    roc_auc_interval: tuple[float, float] | None
    average_precision: float
    average_precision_interval: tuple[float, float]

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers and lists."""
        values = {name: getattr(self, name) for name in type(self).__slots__}
        return {name: list(each) if isinstance(each, tuple) else each for name, each in values.items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ClassCurves:
        """Return the value of ``to_json``."""
        interval, (lower, upper) = values["roc_auc_interval"], values["average_precision_interval"]
        limits = None if interval is None else (interval[0], interval[1])
        return cls(values["roc_auc"], limits, values["average_precision"], (lower, upper))


@dataclass(frozen=True, slots=True)
class Curves:
    """The areas under the curves of each class against the others, and their means over the classes.

    ``macro`` is None without a class that some samples have and others do not.
    """

    macro: ClassCurves | None = None
    per_class: Mapping[str, ClassCurves] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the key ``curves`` of a task's metrics; null without curves."""
        if self.macro is None:
            return {"curves": None}
        rows = {name: each.to_json() for name, each in self.per_class.items()}
        return {"curves": {**self.macro.to_json(), "per_class": rows}}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Curves:
        """Return the value of ``to_json``; no curves for metrics of an earlier version."""
        found = values.get("curves")
        if not found:
            return cls()
        rows = {name: ClassCurves.from_json(each) for name, each in found["per_class"].items()}
        return cls(ClassCurves.from_json(found), rows)


def class_curves(truth: np.ndarray, scores: np.ndarray, names: tuple[str, ...]) -> Curves:
    """Return the areas for labels bool (N, K) and scores (N, K); higher scores are likelier.

    The area under the ROC curve has the interval of DeLong et al. (1988, Biometrics 44), that of the mean the same
    with the sum of each sample's influence on all areas. Where every pair is in order, the variance is 0: the lower
    limit is then that of the rule of three for as many pairs as the rarer side has samples; where every pair is in the
    wrong order, the upper limit. Other areas with fewer than two samples on a side, or with equal scores only, have no
    interval.

    The average precision has the logit interval of Boyd et al. (2013, ECML, section 4.2) with the n positive samples
    of the class: its variance is p (1 - p) / n. The mean over K classes has the variance of independent classes, the
    sum of p (1 - p) / n_k, divided by K², so its n is K² / (the sum of 1 / n_k).
    """
    if scores.size > _MOST:
        return Curves()
    from sklearn.metrics import average_precision_score

    rows: dict[str, ClassCurves] = {}
    influences = np.zeros(len(scores))
    for name, own, column in zip(names, truth.T, scores.T, strict=True):
        positive, negative = int(own.sum()), int((~own).sum())
        if not positive or not negative:
            continue
        area, influence = _area(own, column)
        influences += influence
        precision = float(average_precision_score(own, column))
        rows[name] = ClassCurves(
            area, _interval(area, influence, min(positive, negative)), precision, _logit(precision, positive)
        )
    if not rows:
        return Curves()
    area, precision = (float(np.mean([getattr(each, name) for each in rows.values()])) for name in _AREAS)
    positives = np.array([own.sum() for name, own in zip(names, truth.T, strict=True) if name in rows])
    interval = _interval(area, influences / len(rows), int(np.minimum(positives, len(truth) - positives).min()))
    effective = len(rows) ** 2 / float((1 / positives).sum())
    return Curves(ClassCurves(area, interval, precision, _logit(precision, effective)), rows)


_AREAS = ("roc_auc", "average_precision")


def points(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return false positive rate, recall and precision at each distinct score, the highest first, (points,) each."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(truth[order])
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    found = right[ends]
    wrong = ends + 1 - found
    return wrong / max(1, (~truth).sum()), found / max(1, truth.sum()), found / (ends + 1)


def _area(truth: np.ndarray, scores: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the area under the ROC curve, and the influence of each sample on it, (N,).

    The components are those of DeLong et al. (1988), by the midranks of Sun and Xu (2014).
    """
    from scipy.stats import rankdata

    positive, negative = int(truth.sum()), int((~truth).sum())
    ranks = rankdata(scores)
    of_positive = (ranks[truth] - rankdata(scores[truth])) / negative
    of_negative = 1 - (ranks[~truth] - rankdata(scores[~truth])) / positive
    area = float(of_positive.mean())
    influence = np.empty(len(scores))
    influence[truth] = (of_positive - area) / math.sqrt(positive * max(1, positive - 1))
    influence[~truth] = (of_negative - area) / math.sqrt(negative * max(1, negative - 1))
    return area, influence


def _interval(area: float, influence: np.ndarray, rarer: int) -> tuple[float, float] | None:
    if area > 1 - _ROUNDING:
        return max(0.0, 1 - 3 / rarer), 1.0
    if area < _ROUNDING:
        return 0.0, min(1.0, 3 / rarer)
    half = _Z * float(np.sqrt(np.square(influence).sum()))
    if rarer < _FEWEST or half < _ROUNDING:
        return None
    return max(0.0, area - half), min(1.0, area + half)


def _logit(precision: float, positive: float) -> tuple[float, float]:
    if precision > 1 - _ROUNDING:
        return max(0.0, 1 - 3 / positive), 1.0
    middle = math.log(precision / (1 - precision))
    half = _Z / math.sqrt(positive * precision * (1 - precision))
    low, high = ((1 + math.tanh(each / 2)) / 2 for each in (middle - half, middle + half))
    return low, high
