"""Metrics of detection: average precision, with intervals over images."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tlzoo.errors import DataError, TrainingError
from tlzoo.tasks import Figure, ReportSection, Score

from .average_precision import THRESHOLDS, average_precisions, class_means, matches

__all__ = ["ClassPrecisions", "DetectionMetrics", "detection_metrics", "mean_precisions", "standard_error"]

Interval = tuple[float, float]

_DRAWS = 200
_LIMITS = (2.5, 97.5)
_HALF, _THREE_QUARTERS = 0, 5
"""The positions of the thresholds 0.5 and 0.75."""


@dataclass(frozen=True, slots=True)
class ClassPrecisions:
    """The figures of one class. Figures of a class without true boxes are None, and so are intervals of one image."""

    ap: float | None
    ap_50: float | None
    ap_75: float | None
    boxes: int
    images: int
    ap_interval: Interval | None = None
    ap_50_interval: Interval | None = None
    ap_75_interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class DetectionMetrics:
    """``map`` is COCO's primary metric: the mean of average precision over classes and the IoU thresholds .50 to .95.

    ``map_50`` and ``map_75`` are those at one threshold. Intervals are 95 % bootstrap intervals over images;
    ``standard_error`` is that of ``map``. ``boxes`` are the true boxes, without crowds.
    """

    examples: int
    boxes: int
    map: float
    map_50: float
    map_75: float
    standard_error: float | None
    per_class: Mapping[str, ClassPrecisions]
    intervals: Mapping[str, Interval | None]
    row_title: ClassVar[str] = "class"
    report: ClassVar[ReportSection] = ReportSection(
        Path(__file__).parent / "templates",
        "Test images with the most missed, wrong or inexact boxes: the true boxes on the left, the predicted ones on "
        "the right.",
    )

    @property
    def score(self) -> Score:
        """The mAP."""
        return Score("mAP", self.map, math.nan if self.standard_error is None else self.standard_error)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The mAP, at both thresholds, and the number of images."""
        return (
            Figure("map", "mAP", self.map, "share", self.intervals["map"]),
            Figure("map_50", "AP50", self.map_50, "share", self.intervals["map_50"]),
            Figure("map_75", "AP75", self.map_75, "share", self.intervals["map_75"]),
            Figure("examples", "images", self.examples, "count"),
        )

    @property
    def rows(self) -> Mapping[str, tuple[Figure, ...]]:
        """The figures of each class."""
        return {
            name: (
                Figure("ap", "AP", each.ap, "share", each.ap_interval),
                Figure("ap_50", "AP50", each.ap_50, "share", each.ap_50_interval),
                Figure("ap_75", "AP75", each.ap_75, "share", each.ap_75_interval),
                Figure("boxes", "boxes", each.boxes, "count"),
            )
            for name, each in self.per_class.items()
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> DetectionMetrics:
        """Return the metrics in a value of ``to_json``."""
        plain = ("examples", "boxes", "map", "map_50", "map_75", "standard_error")
        return cls(
            **{name: values[name] for name in plain},
            per_class={name: _class_precisions(each) for name, each in values["per_class"].items()},
            intervals={name: _interval(each) for name, each in values["intervals"].items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the value of ``test`` in the command line's JSON: plain numbers, lists and dictionaries."""
        return asdict(self)


def mean_precisions(labels: np.ndarray, answers: np.ndarray, classes: int) -> tuple[float, float, float]:
    """Return the mAP, and those at the thresholds 0.5 and 0.75; 0 without a true box."""
    found = class_means([average_precisions(each) for each in matches(labels, answers, classes)])
    whole, half, more = (_finite(value) or 0.0 for value in _three(found))
    return whole, half, more


def detection_metrics(labels: np.ndarray, answers: np.ndarray, classes: tuple[str, ...]) -> DetectionMetrics:
    """Compare true boxes (N, M, 6) with detections (N, K, 6).

    Raises:
        DataError: If there are no labels, or no true box.
        TrainingError: For detections that are not numbers.
    """
    if not len(labels):
        raise DataError("there is no labelled example to evaluate on")
    if not np.isfinite(answers).all():
        raise TrainingError("the model's predictions are NaN: training has diverged", "use a lower learning rate")
    found = matches(labels, answers, len(classes))
    boxes = [int(each.boxes.sum()) for each in found]
    if not sum(boxes):
        raise DataError("no image has a box to find", "check the annotations of this split")
    whole = np.array([average_precisions(each) for each in found])
    drawn = _bootstrapped(found, len(labels))
    means = _three(class_means(list(whole)))
    limits = [_limits(each) for each in _three(class_means(list(drawn.transpose(1, 0, 2))))]
    names = ("map", "map_50", "map_75")
    per_class = {}
    for name, own, its, count, each in zip(classes, whole, drawn.transpose(1, 0, 2), boxes, found, strict=True):
        ap, half, more = (_finite(value) for value in _three(own))
        intervals = [_limits(value) for value in _three(its)]
        per_class[name] = ClassPrecisions(ap, half, more, count, int((each.boxes > 0).sum()), *intervals)
    return DetectionMetrics(
        examples=len(labels),
        boxes=sum(boxes),
        **{name: float(value) for name, value in zip(names, means, strict=True)},
        standard_error=_finite(_spread(drawn)),
        per_class=per_class,
        intervals=dict(zip(names, limits, strict=True)),
    )


def standard_error(labels: np.ndarray, answers: np.ndarray, classes: int) -> float:
    """Return the standard error of the mAP over images, by the bootstrap; NaN for a single image."""
    return _spread(_bootstrapped(matches(labels, answers, classes), len(labels)))


def _bootstrapped(found: list[Any], images: int) -> np.ndarray:
    """Return average precisions of samples of as many images, with a fixed seed: (draws, classes, thresholds).

    There are no draws of a single image.
    """
    draws = _DRAWS if images > 1 else 0
    weights = np.random.default_rng(0).multinomial(images, np.full(images, 1 / images), draws)
    drawn = [[average_precisions(each, own) for each in found] for own in weights]
    return np.array(drawn).reshape(draws, len(found), len(THRESHOLDS))


def _spread(drawn: np.ndarray) -> float:
    if not len(drawn):
        return math.nan
    means = _three(class_means(list(drawn.transpose(1, 0, 2))))[0]
    return float(np.std(means[np.isfinite(means)], ddof=1)) if np.isfinite(means).sum() > 1 else math.nan


def _three(figures: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean over thresholds, and those at 0.5 and 0.75, of figures (…, 10)."""
    return figures.mean(axis=-1), figures[..., _HALF], figures[..., _THREE_QUARTERS]


def _limits(drawn: np.ndarray) -> Interval | None:
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return None
    low, high = np.percentile(known, _LIMITS)
    return float(low), float(high)


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def _interval(value: Any) -> Interval | None:
    return None if value is None else (float(value[0]), float(value[1]))


def _class_precisions(values: Mapping[str, Any]) -> ClassPrecisions:
    read: dict[str, Any] = {
        name: _interval(each) if name.endswith("_interval") else each for name, each in values.items()
    }
    return ClassPrecisions(**read)
