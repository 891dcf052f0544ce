"""Metrics of segmentation: intersection over union, Dice and pixel accuracy, with intervals over images."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tlzoo.errors import DataError, TrainingError
from tlzoo.tasks import Figure, ReportSection, Score

from .confusion import confusions, dice_of, iou_of, mean_of

__all__ = ["ClassFigures", "SegmentationMetrics", "segmentation_metrics", "standard_error"]

Interval = tuple[float, float]

_DRAWS = 400
_LIMITS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """The figures of one class: ``accuracy`` is the share of its pixels that are found, ``images`` have some of it.

    Figures of a class without true pixels are None, and so are intervals of a single image.
    """

    iou: float | None
    dice: float | None
    accuracy: float | None
    pixels: int
    images: int
    iou_interval: Interval | None = None
    dice_interval: Interval | None = None
    accuracy_interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class SegmentationMetrics:
    """``mean_iou`` and ``mean_dice`` are means over the classes with true pixels, of all images' pixels together.

    Intervals are 95 % bootstrap intervals over images, ``standard_error`` is that of the mean IoU. ``most_frequent``
    is the share of the most frequent class: the pixel accuracy of always predicting it.
    """

    examples: int
    mean_iou: float
    mean_dice: float
    pixel_accuracy: float
    standard_error: float | None
    most_frequent: float
    per_class: Mapping[str, ClassFigures]
    intervals: Mapping[str, Interval | None]
    row_title: ClassVar[str] = "class"
    report: ClassVar[ReportSection] = ReportSection(
        Path(__file__).parent / "templates",
        "Test images with the lowest mean IoU: the true mask on the left, the predicted one on the right.",
    )

    @property
    def score(self) -> Score:
        """The mean IoU."""
        return Score("mean IoU", self.mean_iou, math.nan if self.standard_error is None else self.standard_error)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Mean IoU, mean Dice, pixel accuracy, and the number of images."""
        return (
            Figure("mean_iou", "mean IoU", self.mean_iou, "share", self.intervals["mean_iou"]),
            Figure("mean_dice", "mean Dice", self.mean_dice, "share", self.intervals["mean_dice"]),
            Figure("pixel_accuracy", "pixel accuracy", self.pixel_accuracy, "share", self.intervals["pixel_accuracy"]),
            Figure("examples", "images", self.examples, "count"),
        )

    @property
    def rows(self) -> Mapping[str, tuple[Figure, ...]]:
        """The figures of each class."""
        return {
            name: (
                Figure("iou", "IoU", each.iou, "share", each.iou_interval),
                Figure("dice", "Dice", each.dice, "share", each.dice_interval),
                Figure("accuracy", "pixel accuracy", each.accuracy, "share", each.accuracy_interval),
                Figure("pixels", "pixels", each.pixels, "count"),
            )
            for name, each in self.per_class.items()
        }

    def baseline_note(self, split: str) -> str | None:
        """Return a note if the pixel accuracy is no better than always predicting the most frequent class."""
        if self.pixel_accuracy > self.most_frequent:
            return None
        return (
            f"{split} pixel accuracy {self.pixel_accuracy:.1%} is no better than always predicting the most frequent "
            f"class ({self.most_frequent:.1%})"
        )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SegmentationMetrics:
        """Return the metrics in a value of ``to_json``."""
        return cls(
            **{name: values[name] for name in ("examples", "mean_iou", "mean_dice", "pixel_accuracy")},
            standard_error=values["standard_error"],
            most_frequent=values["most_frequent"],
            per_class={name: _class_figures(each) for name, each in values["per_class"].items()},
            intervals={name: _interval(each) for name, each in values["intervals"].items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the value of ``test`` in the command line's JSON: plain numbers, lists and dictionaries."""
        return asdict(self)


def segmentation_metrics(
    labels: np.ndarray, probabilities: np.ndarray, classes: tuple[str, ...]
) -> SegmentationMetrics:
    """Compare true classes, uint8 (N, height, width), with probabilities (N, h, w, classes).

    Raises:
        DataError: If there are no labels, or no pixel has a class.
        TrainingError: For probabilities that are not numbers.
    """
    if not len(labels):
        raise DataError("there is no labelled example to evaluate on")
    if not np.isfinite(probabilities).all():
        raise TrainingError("the model's predictions are NaN: training has diverged", "use a lower learning rate")
    counts = confusions(labels, probabilities)
    whole = counts.sum(axis=0)
    if not whole.sum():
        raise DataError("every pixel of the masks is ignored", "check the ignored value")
    drawn = _bootstrapped(counts)
    overall: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "mean_iou": lambda each: mean_of(iou_of(each)),
        "mean_dice": lambda each: mean_of(dice_of(each)),
        "pixel_accuracy": _accuracy,
    }
    of_classes = zip(
        *(_of_classes(figure, whole, drawn, len(counts)) for figure in (iou_of, dice_of, _recalls)), strict=True
    )
    pixels, images = whole.sum(axis=1), (counts.sum(axis=2) > 0).sum(axis=0)
    return SegmentationMetrics(
        examples=len(labels),
        **{name: float(figure(whole)) for name, figure in overall.items()},
        standard_error=_finite(standard_error(counts)),
        most_frequent=float(whole.sum(axis=1).max() / whole.sum()),
        per_class={
            name: ClassFigures(
                iou, dice, accuracy, int(pixels[at]), int(images[at]), iou_interval, dice_interval, accuracy_interval
            )
            for at, (name, ((iou, iou_interval), (dice, dice_interval), (accuracy, accuracy_interval))) in enumerate(
                zip(classes, of_classes, strict=True)
            )
        },
        intervals={name: _limits(figure(drawn)[:, np.newaxis], len(counts))[0] for name, figure in overall.items()},
    )


def _of_classes(
    figure: Callable[[np.ndarray], np.ndarray], whole: np.ndarray, drawn: np.ndarray, images: int
) -> list[tuple[float | None, Interval | None]]:
    """Return a figure of each class with its interval."""
    return list(zip(map(_finite, figure(whole)), _limits(figure(drawn), images), strict=True))


def standard_error(counts: np.ndarray) -> float:
    """Return the standard error of the mean IoU over images, by the bootstrap; NaN for a single image."""
    return float(mean_of(iou_of(_bootstrapped(counts))).std(ddof=1)) if len(counts) > 1 else math.nan


def _bootstrapped(counts: np.ndarray) -> np.ndarray:
    """Return the pixels of ``_DRAWS`` samples of as many images, with a fixed seed: (draws, classes, classes)."""
    number = len(counts)
    drawn = np.random.default_rng(0).multinomial(number, np.full(number, 1 / number), _DRAWS)
    return np.tensordot(drawn, counts, axes=1)


def _limits(drawn: np.ndarray, images: int) -> list[Interval | None]:
    """Return the 95 % interval of each column of drawn figures (draws, K); None if it is not known."""
    if images < 2:  # noqa: PLR2004 - one image has no spread
        return [None] * drawn.shape[1]
    found: list[Interval | None] = []
    for column in drawn.T:
        known = column[np.isfinite(column)]
        low, high = np.percentile(known, _LIMITS) if len(known) else (math.nan, math.nan)
        found.append((float(low), float(high)) if len(known) else None)
    return found


def _accuracy(counts: np.ndarray) -> np.ndarray:
    share: np.ndarray = np.einsum("...kk->...", counts) / np.maximum(counts.sum(axis=(-2, -1)), 1)
    return share


def _recalls(counts: np.ndarray) -> np.ndarray:
    true = counts.sum(axis=-1)
    shares: np.ndarray = np.where(true > 0, np.einsum("...kk->...k", counts) / np.maximum(true, 1), np.nan)
    return shares


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _interval(value: Any) -> Interval | None:
    return None if value is None else (float(value[0]), float(value[1]))


def _class_figures(values: Mapping[str, Any]) -> ClassFigures:
    read: dict[str, Any] = {
        name: _interval(each) if name.endswith("_interval") else each for name, each in values.items()
    }
    return ClassFigures(**read)
