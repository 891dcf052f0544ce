"""The task of semantic segmentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from tlzoo.errors import DataError
from tlzoo.tasks import PLAIN, AnswerFile, Decision, DescribedAnswer, MultiLabel, Task

from .confusion import confusions, iou_of, mean_of
from .criterion import SegmentationCriterion, SegmentationLoss
from .mask_files import size_text
from .masks import IGNORED, MOST_CLASSES, Mask, prepared_masks
from .metrics import SegmentationMetrics
from .outcomes import kept_pixels, pixel_outcomes

if TYPE_CHECKING:
    from tlzoo.tasks import KeptAnswers, Labels, Metrics, Outcomes, OutputForm, Positions, ServingAnswers, TaskOptions

__all__ = ["Segmentation"]

_MAPS = 3
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Segmentation(Task):
    """Semantic segmentation: one of ``classes`` for each pixel.

    Labels are ``Mask`` values (N,), read on demand; prepared, they are class indices uint8 (N, height, width).
    """

    classes: tuple[str, ...]
    kind: ClassVar[str] = "segmentation"
    output_form: ClassVar[OutputForm] = "map"
    head: ClassVar[str | None] = "fpn"
    balances: ClassVar[Any] = ("none", "class-weights")
    losses: ClassVar[tuple[str, ...]] = ("cross-entropy", "dice")
    score_unit: ClassVar[Any] = "share"
    hub_task: ClassVar[str] = "image-segmentation"
    metrics_key: ClassVar[str] = "mean_iou"
    rows_key: ClassVar[str] = "per_class"
    serving_outputs: ClassVar[Any] = {"probabilities": "maps"}
    unused_fields: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"label_smoothing": "masks have no label for a whole image to smooth"}
    )

    @classmethod
    def example(cls) -> Task:
        """Return a task of three classes."""
        return cls(("background", "cell", "edge"))

    @classmethod
    def read(cls, rows: Any, names: Any, where: str) -> tuple[Task, Labels]:
        """Return the task and the masks of class indices (N, height, width), or of N maps of several sizes."""
        maps = [np.asarray(each) for each in rows]
        for each in maps:
            if each.ndim == _MAPS and each.shape[-1] == 1:
                raise DataError(f"{where}: a mask has the shape {each.shape}", "remove the last axis")
            if (
                each.ndim != _MAPS - 1
                or each.dtype.kind not in "iufb"
                or not (np.isfinite(each) & (each == np.rint(each))).all()
            ):
                found = f"{each.dtype} {each.shape}"
                raise DataError(f"{where}: a mask is {found}", "give class indices (height, width), 255 to ignore")
        highest = max((int(each[each != IGNORED].max(initial=0)) for each in maps), default=0)
        lowest = min((int(each.min(initial=0)) for each in maps), default=0)
        classes = default_classes(highest + 1) if names is None else tuple(str(name) for name in np.ravel(names))
        if not 0 <= lowest <= highest < min(len(classes), MOST_CLASSES):
            value = lowest if lowest < 0 else highest
            fix = f"use 0 to {len(classes) - 1}, and 255 to ignore"
            raise DataError(f"{where}: a mask has the class index {value}", fix)
        return cls(classes), mask_labels([Mask.of(each.astype(np.uint8)) for each in maps])

    @classmethod
    def of_names(cls, names: Sequence[str]) -> Task:
        """Return the task of these classes."""
        return cls(tuple(names))

    @property
    def names(self) -> tuple[str, ...]:
        """The classes."""
        return self.classes

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes."""
        return self.classes

    def show(self, label: Any) -> str:
        """Return the classes of a mask with their shares of its pixels, the largest first."""
        counts = label.counts if isinstance(label, Mask) else np.bincount(np.ravel(label), minlength=IGNORED + 1)
        return self._shares(counts[: len(self.classes)])

    def refusal(self, labels: Labels, count: int) -> str | None:
        """Return why these are not masks of ``count`` samples, or None."""
        if labels.shape != (count,) or not all(isinstance(each, Mask) for each in labels):
            return f"labels are {labels.dtype} {labels.shape}, not {count} masks"
        beyond = [each for each in labels if each.counts[len(self.classes) : IGNORED].any()]
        return f"masks have indices beyond the {len(self.classes)} classes" if beyond else None

    def mismatch(self, labels: Labels, examples: Any) -> str | None:
        """Return the first mask of another size than its image, or None."""
        shapes = getattr(examples, "shapes", None)
        if shapes is None:
            return None
        for at, mask in enumerate(labels):
            size = int(shapes[at][0]), int(shapes[at][1])
            if mask.size != size:
                name = examples.name(at)
                return f"the mask of {name} has {size_text(mask.size)} pixels, the image {size_text(size)}"
        return None

    def label_keys(self, labels: Labels) -> np.ndarray:
        """Return the SHA-256 of each mask, uint8 (N, 32)."""
        return np.frombuffer(b"".join(each.digest for each in labels), np.uint8).reshape(-1, 32)

    def prepared_labels(self, labels: Labels, shape: Sequence[int]) -> Labels:
        """Return class indices, uint8 (N, height, width), at the size of a prepared image."""
        return prepared_masks(labels, int(shape[0]), int(shape[1]))

    def strata(self, labels: Labels) -> Positions:
        """Return strata by the sets of classes in a mask."""
        return MultiLabel(self.classes).strata(self._presence(labels).astype(np.float32))

    def class_members(self, labels: Labels) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each class with a mask (N,) of the images that have some of it."""
        yield from zip(self.classes, self._presence(labels).T, strict=True)

    def merged(self, labels: Labels, place: Positions, classes: Sequence[str]) -> tuple[Task, Labels]:
        """Return the task with merged classes, and its masks."""
        return type(self)(tuple(classes)), _renumbered(labels, place.tolist())

    def reindexed(self, labels: Labels, names: Sequence[str]) -> Labels:
        """Convert masks of other data to this task's class indices."""
        return _renumbered(labels, [self.classes.index(name) for name in names])

    def criterion(self, labels: Labels, options: TaskOptions, facts: Mapping[str, Any]) -> SegmentationCriterion:  # noqa: ARG002 - it needs none
        """Return cross-entropy with Dice, or the requested one of both."""
        weights = np.ones(len(self.classes), np.float32)
        if options.balance == "class-weights" and len(labels):
            weights = _class_weights(sum(each.counts[: len(self.classes)] for each in labels))
        return SegmentationCriterion(
            self.classes, weights, cast("SegmentationLoss", options.loss or "cross-entropy and dice")
        )

    def score_name(self, balance: Any) -> str:  # noqa: ARG002 - the same for all
        """Return the mean intersection over union."""
        return "mean IoU"

    @classmethod
    def read_metrics(cls, values: Mapping[str, Any]) -> Metrics:
        """Return the metrics in a value of ``to_json``."""
        return SegmentationMetrics.from_json(values)

    def serving_answers(self, decision: Decision = PLAIN) -> ServingAnswers:  # noqa: ARG002 - of several labels
        """Return probabilities (N, h, w, classes)."""
        return lambda answers: {"probabilities": answers}

    def serving_arrays(self, answers: np.ndarray, decision: Decision = PLAIN) -> dict[str, np.ndarray]:  # noqa: ARG002 - of several labels
        """Return probabilities (N, h, w, classes)."""
        return {"probabilities": answers}

    def right_answers(self, labels: Labels, answers: np.ndarray, metrics: Metrics) -> np.ndarray:  # noqa: ARG002 - as above
        """Return the pixel accuracy of each image; 1 for an image whose pixels are all ignored."""
        counts = confusions(labels, answers)
        pixels = counts.sum(axis=(1, 2))
        return np.where(pixels > 0, np.einsum("nkk->n", counts) / np.maximum(pixels, 1), 1.0)

    def equal_answers(
        self,
        answers: np.ndarray,
        others: np.ndarray,
        metrics: Metrics,  # noqa: ARG002 - as above
        labels: Labels | None = None,  # noqa: ARG002 - of sequences
    ) -> np.ndarray:
        """Return the share of each map's cells with the same most likely class."""
        same: np.ndarray = (answers.argmax(axis=-1) == others.argmax(axis=-1)).mean(axis=(1, 2))
        return same

    def read_answer(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return ``shares``: the share of each class in the pixels of the image."""
        odds = row["probabilities"]
        if not np.isfinite(odds).all():
            return None
        counts = np.bincount(odds.argmax(axis=-1).ravel(), minlength=len(self.classes))
        return {"shares": dict(zip(self.classes, (counts / counts.sum()).tolist(), strict=True))}

    def answer_file(self, row: Mapping[str, Any], raw: Any) -> AnswerFile | None:
        """Return the mask as PNG in the size of the image."""
        from .pictures import encoded_mask, image_size, predicted_mask

        return AnswerFile(".png", encoded_mask(predicted_mask(row["probabilities"], image_size(raw))))

    def picture(self, image: np.ndarray, label: Any, answer: np.ndarray) -> np.ndarray:
        """Return the image with the true mask, and beside it with the predicted one."""
        from .pictures import compared

        return compared(image, label, answer)

    def describe_answer(self, answer: np.ndarray, metrics: Metrics) -> DescribedAnswer:  # noqa: ARG002 - as above
        """Return the classes with their shares of the pixels."""
        counts = np.bincount(answer.argmax(axis=-1).ravel(), minlength=len(self.classes))
        return DescribedAnswer(self._shares(counts), judged=False)

    def mistakes(
        self,
        labels: Labels,
        answers: np.ndarray,
        metrics: Metrics,  # noqa: ARG002 - as above
        trained: Labels,  # noqa: ARG002 - of numbers
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return all samples, the lowest mean IoU of an image first."""
        scores = mean_of(iou_of(confusions(labels, answers)))
        rows = np.flatnonzero(np.isfinite(scores))
        return rows, 1 - scores[rows]

    def kept_answers(self, labels: Labels, answers: np.ndarray, metrics: Metrics) -> KeptAnswers:  # noqa: ARG002 - as above
        """Return right, true and predicted pixels of each class in each image."""
        return kept_pixels(confusions(labels, answers))

    def outcomes(self, kept: KeptAnswers) -> Outcomes:
        """Return mean IoU, mean Dice and pixel accuracy, and IoU and Dice of each class."""
        return pixel_outcomes(kept, self.classes, self._shares)

    def _presence(self, labels: Labels) -> np.ndarray:
        """Return whether each mask has each class, bool (N, classes)."""
        present = np.zeros((len(labels), len(self.classes)), bool)
        for row, each in enumerate(labels):
            present[row] = each.counts[: len(self.classes)] > 0
        return present

    def _shares(self, counts: np.ndarray) -> str:
        total = counts.sum()
        if not total:
            return "ignored"
        order = sorted(range(len(counts)), key=lambda at: (-counts[at], self.classes[at]))
        return ", ".join(f"{self.classes[at]} {counts[at] / total:.0%}" for at in order[:_SHOWN] if counts[at])


def default_classes(count: int) -> tuple[str, ...]:
    """Return names of classes that have none."""
    return tuple(f"class {number}" for number in range(count))


def mask_labels(masks: Sequence[Mask]) -> Labels:
    """Return masks as an array of objects (N,)."""
    labels = np.empty(len(masks), object)
    labels[:] = masks
    return labels


def _renumbered(labels: Labels, places: Sequence[int]) -> Labels:
    if list(places) == list(range(len(places))):
        return labels
    return mask_labels([each.with_places(places) for each in labels])


def _class_weights(pixels: Any) -> np.ndarray:
    """Return weights inverse to the pixels of each class, 1 on average over the pixels; 0 for a class without any."""
    there = pixels > 0
    shares = pixels / max(1, pixels.sum())
    return np.asarray(np.where(there, 1 / (np.maximum(shares, 1e-12) * max(1, there.sum())), 0), np.float32)
