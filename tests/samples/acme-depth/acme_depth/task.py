"""The task of depth."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from acme_depth.criterion import DepthCriterion, errors
from tlzoo.errors import DataError
from tlzoo.tasks import AnswerFile, DescribedAnswer, PlainMetrics, Task


@dataclass(frozen=True, slots=True)
class Depth(Task):
    """The distance of each pixel in metres. Labels are float32 (N, height, width)."""

    kind: ClassVar[str] = "depth"
    output_form: ClassVar[str] = "map"
    head: ClassVar[str] = "acme-depth-map"
    score_unit: ClassVar[str] = "share"
    metrics_key: ClassVar[str] = "near"
    rows_key: ClassVar[str] = "per_map"
    serving_outputs: ClassVar[dict] = {"metres": "maps"}

    @classmethod
    def example(cls):
        return cls()

    @classmethod
    def read(cls, rows, names, where):  # noqa: ARG003 - there is one output
        if rows.ndim != 3 or rows.dtype.kind not in "iuf":
            raise DataError(f"{where}: labels are {rows.dtype} {rows.shape}", "give metres (N, height, width)")
        return cls(), rows.astype(np.float32)

    @classmethod
    def of_names(cls, names):  # noqa: ARG003 - as above
        return cls()

    @property
    def names(self):
        return ("depth",)

    def show(self, label):
        return f"{label.mean():.2f} m"

    def refusal(self, labels, count):
        return None if labels.ndim == 3 and len(labels) == count else f"labels are {labels.shape}, not {count} maps"

    def prepared_labels(self, labels, shape):
        rows, columns = (np.arange(new) * old // new for new, old in zip(shape[:2], labels.shape[1:], strict=True))
        return labels[:, rows[:, np.newaxis], columns]

    def strata(self, labels):
        return np.zeros(len(labels), np.int64)

    def reindexed(self, labels, names):
        return labels

    def criterion(self, labels, options, facts):
        return DepthCriterion()

    def score_name(self, balance):
        return "near"

    @classmethod
    def read_metrics(cls, values):
        return PlainMetrics(values)

    def serving_answers(self, decision=None):
        return lambda answers: {"metres": answers}

    def serving_arrays(self, answers, decision=None):
        return {"metres": answers}

    def read_answer(self, row):
        metres = row["metres"]
        return {"nearest": float(metres.min()), "farthest": float(metres.max())} if np.isfinite(metres).all() else None

    def answer_file(self, row, raw):
        stream = io.BytesIO()
        np.save(stream, row["metres"][..., 0], allow_pickle=False)
        return AnswerFile(".npy", stream.getvalue())

    def picture(self, image, label, answer):
        import tensorflow as tf

        depth = tf.image.resize(answer, image.shape[:2]).numpy()
        grey = 255 * depth / max(1e-6, float(depth.max()))
        return np.concatenate([np.broadcast_to(image, (*image.shape[:2], 3)), np.repeat(grey, 3, axis=-1)], axis=1)

    def describe_answer(self, answer, metrics):
        return DescribedAnswer(self.show(answer), judged=False)

    def mistakes(self, labels, answers, metrics, trained):
        return np.arange(len(labels)), errors(labels, answers).mean(axis=(1, 2))
