"""The task of object detection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tlzoo.errors import DataError
from tlzoo.tasks import PLAIN, AnswerFile, Decision, DescribedAnswer, MultiLabel, Task

from .average_precision import pairwise_iou
from .box_checks import BoxChecks
from .boxes import CLASS, COLUMNS, CROWD, MOST_CLASSES, NO_BOX, box_labels, present
from .candidates import FIRST_LOGIT
from .criterion import DetectionCriterion
from .metrics import DetectionMetrics
from .outcomes import box_outcomes, kept_boxes

if TYPE_CHECKING:
    from tlzoo.tasks import KeptAnswers, Labels, Metrics, Outcomes, OutputForm, Positions, ServingAnswers, TaskOptions

__all__ = ["Detection"]

_LABELS = 3
_SCORE, _KIND = 4, 5
_PIXELS = 1.5
_MOST_CELLS = 2**28
"""Images times classes, at which strata take about 2 GB."""

_MATCHING = 0.5
"""The IoU above which boxes match in the panoptic quality, by its definition."""


@dataclass(frozen=True, slots=True)
class Detection(Task):
    """Object detection: boxes with one of ``classes`` each.

    Labels are float32 (N, M, 6), the columns of ``boxes.Boxes``; rows without a box are -1.
    """

    classes: tuple[str, ...]
    kind: ClassVar[str] = "detection"
    output_form: ClassVar[OutputForm] = "boxes"
    head: ClassVar[str | None] = "fcos"
    score_unit: ClassVar[Any] = "share"
    hub_task: ClassVar[str] = "object-detection"
    metrics_key: ClassVar[str] = "map_50"
    rows_key: ClassVar[str] = "per_class"
    serving_outputs: ClassVar[Any] = {"boxes": "boxes"}
    unused_fields: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"label_smoothing": "the quality focal loss has the overlap of boxes as its target"}
    )

    @classmethod
    def example(cls) -> Task:
        """Return a task of two classes."""
        return cls(("cat", "dog"))

    @classmethod
    def read(cls, rows: Any, names: Any, where: str) -> tuple[Task, Labels]:
        """Return the task and the boxes of N arrays (K, 5 or 6).

        Columns are left, top, right and bottom as shares of width and height, class index, and 1 for a crowd.
        """
        given = [
            np.asarray(each, np.float64).reshape(-1, COLUMNS) if not np.size(each) else np.asarray(each)
            for each in rows
        ]
        for each in given:
            if each.ndim != 2 or each.shape[1] not in {COLUMNS - 1, COLUMNS} or each.dtype.kind not in "iufb":  # noqa: PLR2004
                found = f"{each.dtype} {each.shape}"
                raise DataError(f"{where}: the boxes of an image are {found}", "give left, top, right, bottom, class")
        boxes = [np.concatenate([each, np.zeros((len(each), COLUMNS - each.shape[1]))], axis=1) for each in given]
        # Rows that fill up an array of equal lengths.
        boxes = [each[~(each[:, :CROWD] == NO_BOX).all(axis=1)] for each in boxes]
        whole = np.concatenate([np.empty((0, COLUMNS)), *boxes])
        if whole[:, :4].max(initial=0) > _PIXELS:
            fix = "divide left and right by the width of the image, top and bottom by its height"
            raise DataError(f"{where}: a box has the corner {whole[:, :4].max():g}, which is in pixels", fix)
        kinds = whole[:, CLASS]
        highest = min(kinds[np.isfinite(kinds)].max(initial=0), MOST_CLASSES - 1)
        default = tuple(f"class {number}" for number in range(int(highest) + 1))
        classes = default if names is None else tuple(str(name) for name in np.ravel(names))
        if not ((kinds == np.rint(kinds)) & (kinds >= 0) & (kinds < len(classes))).all():
            wrong = kinds[(kinds != np.rint(kinds)) | (kinds < 0) | (kinds >= len(classes))][0]
            raise DataError(f"{where}: a box has the class index {wrong:g}", f"use 0 to {len(classes) - 1}")
        checks = BoxChecks()
        return cls(classes), box_labels(
            [checks.checked(each, (1, 1), relative=True, where=f"{where}: label {at}") for at, each in enumerate(boxes)]
        )

    @classmethod
    def of_names(cls, names: Sequence[str]) -> Task:
        """Return the task of these classes."""
        return cls(tuple(names))

    @property
    def names(self) -> tuple[str, ...]:
        """The classes."""
        return self.classes

    @property
    def outputs(self) -> int:
        """The columns of a candidate: its cell, the distances of its box, and a logit for each class."""
        return FIRST_LOGIT + len(self.classes)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes."""
        return self.classes

    def show(self, label: Any) -> str:
        """Return the number of boxes of each class."""
        return self._counted(label[present(label)][:, CLASS])

    def refusal(self, labels: Labels, count: int) -> str | None:
        """Return why these are not boxes of ``count`` samples, or None."""
        if labels.ndim != _LABELS or len(labels) != count or labels.shape[2] != COLUMNS or labels.dtype != np.float32:
            return f"labels are {labels.dtype} {labels.shape}, not float32 ({count}, boxes, {COLUMNS})"
        if labels[..., CLASS].max(initial=NO_BOX) >= len(self.classes):
            return f"boxes have class indices beyond the {len(self.classes)} classes"
        return None

    def strata(self, labels: Labels) -> Positions:
        """Return strata by the sets of classes in an image."""
        rows, kinds = _kinds_in(labels)
        used, columns = np.unique(kinds, return_inverse=True)
        if len(labels) * len(used) > _MOST_CELLS:
            what = f"{len(labels):,} images with boxes of {len(used):,} classes need too much memory to be stratified"
            raise DataError(what, "take fewer images, or merge classes")
        there = np.zeros((len(labels), max(1, len(used))), bool)
        there[rows, columns.reshape(-1)] = True
        return MultiLabel(self.classes).strata(there)

    def class_members(self, labels: Labels) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each class with a mask (N,) of the images that have a box of it."""
        rows, kinds = _kinds_in(labels)
        order = np.argsort(kinds, kind="stable")
        ends = np.searchsorted(kinds[order], np.arange(len(self.classes) + 1))
        for at, name in enumerate(self.classes):
            members = np.zeros(len(labels), bool)
            members[rows[order[ends[at] : ends[at + 1]]]] = True
            yield name, members

    def merged(self, labels: Labels, place: Positions, classes: Sequence[str]) -> tuple[Task, Labels]:
        """Return the task with merged classes, and its boxes."""
        return type(self)(tuple(classes)), _renumbered(labels, place)

    def reindexed(self, labels: Labels, names: Sequence[str]) -> Labels:
        """Convert boxes of other data to this task's class indices."""
        return _renumbered(labels, np.array([self.classes.index(name) for name in names]))

    def criterion(self, labels: Labels, options: TaskOptions, facts: Mapping[str, Any]) -> DetectionCriterion:  # noqa: ARG002 - it needs none
        """Return the loss and the figures."""
        return DetectionCriterion(self.classes)

    def score_name(self, balance: Any) -> str:  # noqa: ARG002 - the same for all
        """Return the mean average precision."""
        return "mAP"

    @classmethod
    def read_metrics(cls, values: Mapping[str, Any]) -> Metrics:
        """Return the metrics in a value of ``to_json``."""
        return DetectionMetrics.from_json(values)

    def answers_fit(self, shape: Sequence[int], count: int) -> bool:
        """Return whether an array of this shape has boxes for ``count`` samples."""
        return len(shape) == _LABELS and shape[0] == count and shape[2] == COLUMNS

    def serving_answers(self, decision: Decision = PLAIN) -> ServingAnswers:  # noqa: ARG002 - of several labels
        """Return boxes (N, 100, 6)."""
        return lambda answers: {"boxes": answers}

    def serving_arrays(self, answers: np.ndarray, decision: Decision = PLAIN) -> dict[str, np.ndarray]:  # noqa: ARG002 - as above
        """Return boxes (N, 100, 6)."""
        return {"boxes": answers}

    def read_answer(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return ``found``, the number of boxes of each class, and ``boxes`` by descending score.

        A box has its ``label``, ``score``, and ``box``: left, top, right and bottom as shares of width and height.
        """
        answer = row["boxes"]
        if not np.isfinite(answer).all():
            return None
        from .pictures import shown

        there = answer[(answer[:, _KIND] >= 0) & (answer[:, _KIND] < len(self.classes))]
        return {
            "found": self._counted(shown(there)[:, _KIND]),
            "boxes": [
                {
                    "label": self.classes[int(each[_KIND])],
                    "score": float(each[_SCORE]),
                    "box": [round(float(corner), 6) for corner in each[:4]],
                }
                for each in there
            ],
        }

    def answer_file(self, row: Mapping[str, Any], raw: Any) -> AnswerFile | None:
        """Return the image with its predicted boxes, as PNG."""
        from .pictures import drawn_file

        return AnswerFile(".png", drawn_file(raw, row["boxes"], self.classes))

    def picture(self, image: np.ndarray, label: Any, answer: np.ndarray) -> np.ndarray:
        """Return the image with the true boxes, and beside it with the predicted ones."""
        from .pictures import compared

        return compared(image, label, answer)

    def describe_answer(self, answer: np.ndarray, metrics: Metrics) -> DescribedAnswer:  # noqa: ARG002 - the same for all
        """Return the number of boxes of each class."""
        from .pictures import shown

        return DescribedAnswer(self._counted(shown(answer)[:, _KIND]), judged=False)

    def mistakes(
        self,
        labels: Labels,
        answers: np.ndarray,
        metrics: Metrics,  # noqa: ARG002 - as above
        trained: Labels,  # noqa: ARG002 - of numbers
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return all samples with boxes, true or predicted, the worst first.

        The severity is one minus the panoptic quality of the image (Kirillov et al. 2019, arXiv 1801.00868, eq. 1).
        """
        found = [_panoptic_quality(*each) for each in zip(labels, answers, strict=True)]
        rows = np.flatnonzero([each is not None for each in found])
        return rows, np.array([1 - each for each in found if each is not None])

    def kept_answers(self, labels: Labels, answers: np.ndarray, metrics: Metrics) -> KeptAnswers:  # noqa: ARG002 - as above
        """Return true boxes and detections."""
        return kept_boxes(labels, answers)

    def outcomes(self, kept: KeptAnswers) -> Outcomes:
        """Return the mAP, and those at the thresholds 0.5 and 0.75, and the average precision of each class."""
        from .pictures import shown

        return box_outcomes(
            kept,
            self.classes,
            lambda label, answer: (self.show(label), self._counted(shown(answer)[:, _KIND])),
            _panoptic_quality,
        )

    def _counted(self, kinds: Iterable[Any]) -> str:
        counts = Counter(self.classes[int(kind)] for kind in kinds)
        return ", ".join(f"{count} {name}" for name, count in counts.most_common()) or "nothing"


def _kinds_in(labels: Labels) -> tuple[np.ndarray, np.ndarray]:
    """Return the image and the class index of each box, int64 (boxes,)."""
    rows, places = np.nonzero(present(labels))
    return rows, labels[rows, places, CLASS].astype(np.int64)


def _renumbered(labels: Labels, places: np.ndarray) -> Labels:
    found = labels.copy()
    there = present(labels)
    found[there, CLASS] = places[labels[there, CLASS].astype(np.int64)]
    return found


def _panoptic_quality(label: np.ndarray, answer: np.ndarray) -> float | None:
    """Return the panoptic quality of the boxes of an image that are shown, all classes together; None without any.

    Boxes in a crowd are not wrong.
    """
    from .pictures import shown

    there, is_crowd, found = present(label), label[:, CROWD] > 0, shown(answer)
    true, crowds = label[there & ~is_crowd], label[there & is_crowd]
    in_crowd = (pairwise_iou(found, crowds, np.ones(len(crowds), bool)) > _MATCHING).any(axis=1)
    wrong = np.array(~in_crowd, bool)
    same = found[:, _KIND, np.newaxis] == true[np.newaxis, :, CLASS]
    ious = pairwise_iou(found, true, np.zeros(len(true), bool)) * same
    total, matched = 0.0, 0
    while ious.size and (best := float(ious.max())) > _MATCHING:
        row, column = np.unravel_index(ious.argmax(), ious.shape)
        ious[row], ious[:, column], wrong[row] = 0, 0, False
        total, matched = total + best, matched + 1
    count = matched + (len(true) - matched + int(wrong.sum())) / 2
    return total / count if count else None
