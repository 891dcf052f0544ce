"""The checks of a task: its labels, its criterion on made-up outputs, its metrics and its words."""

from __future__ import annotations

import json
import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.errors import DataError
from tlzoo.tasks import TaskOptions, task_named
from tlzoo.tasks.lookup import task_problem
from tlzoo.tasks.metrics import metrics_json
from tlzoo.testing.outcome import SkippedError, expect
from tlzoo.testing.reference import ReferenceSubject
from tlzoo.testing.session import Check, check
from tlzoo.testing.tensors import ROUNDING, expect_equal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.backbones import Preprocessing
    from tlzoo.tasks import Criterion, Labels, Metrics, OutputForm, Task

__all__ = [
    "TASK_CHECKS",
    "TaskSubject",
    "answers_as_the_saved_model",
    "can_be_found",
    "describes_answers",
    "keeps_its_answers",
    "labels_round_trip",
    "loss_can_be_descended",
    "measures_with_a_standard_error",
    "serves_answers",
    "writes_its_section",
]

_COUNT = 24
_STEPS = 60
_MAP = 8
_RANKS = {"numbers": 2, "boxes": 3, "maps": 4, "sequences": 3, "offsets": 2}


@final
class TaskSubject(ReferenceSubject):
    """A task by its registered kind, ``module:Class`` or ``./file.py:Class``, with labels and outputs for them."""

    @cached_property
    def kind(self) -> type[Task]:
        """The class of the task."""
        if ":" not in self._reference:
            return task_named(self._reference)
        from tlzoo.runs.opening.components import find_class
        from tlzoo.tasks import Task

        return find_class(self._reference, (Task,))

    @property
    def task(self) -> Task:
        """A small task of the kind, with the labels' own names."""
        return self.read(self.kind.example().names)[0]

    @cached_property
    def labels(self) -> Labels:
        """The labels of 24 samples."""
        return self.read(self.kind.example().names)[1]

    def read(self, names: tuple[str, ...]) -> tuple[Task, Labels]:
        """Return task and labels of rows as a file has them, of classes or numbers whose columns are in this order.

        If outputs are maps, rows are maps of class indices; if they are boxes, boxes with one each; if they are
        sequences, class indices. Raises SkippedError for a task with other labels.
        """
        own = self.kind.example().names
        order = [own.index(name) for name in names]
        draw = np.random.default_rng(0)
        if self.kind.output_form == "map":
            whole = np.argsort(order)[_maps(len(own))]
            return self.kind.read(whole, np.array(names), "check:")
        if self.kind.output_form == "boxes":
            return self.kind.read(_boxes(np.argsort(order)), np.array(names), "check:")
        if self.kind.output_form == "sequence":
            return self.kind.read(_sequences(np.argsort(order)), np.array(names), "check:")
        if self.kind.example().class_names:
            of_sample = np.arange(_COUNT) % len(own)
            rows: Any = np.eye(len(own), dtype=np.int64)[of_sample]
            if not self.kind.exclusive:
                rows = np.maximum(rows, draw.integers(0, 2, rows.shape))
        else:
            rows = draw.normal(3, 2, (_COUNT, len(own))).astype(np.float32)
        try:
            return self.kind.read(rows[:, order], np.array(names), "check:")
        except DataError as error:
            raise SkippedError(f"it does not read rows of classes or of numbers: {error.what}") from error

    @cached_property
    def prepared(self) -> Labels:
        """The labels in the form for the criterion."""
        return self.task.placed_labels(self.labels, _preprocessing(self.kind.output_form))

    @property
    def cells(self) -> tuple[int, ...]:
        """Height and width of outputs that are maps, the number of candidates or positions; empty for vectors."""
        return tuple(self.begun.shape[1:-1])

    @cached_property
    def criterion(self) -> Criterion:
        """The criterion for these labels."""
        return self.task.criterion(self.labels, TaskOptions(), {})

    @cached_property
    def begun(self) -> np.ndarray[Any, Any]:
        """Outputs (24, …, outputs) that know nothing of the labels; for boxes, those of the task's head."""
        draw = np.random.default_rng(1)
        if self.kind.output_form == "boxes":
            from tlzoo.heads import Level, MapShape
            from tlzoo.runs.opening.components import make_head
            from tlzoo.runs.recipe import Named

            expect(self.kind.head is not None, "a task whose outputs are boxes needs a head")
            head = make_head(Named(name=str(self.kind.head))).build(
                (Level("cells", MapShape(_MAP, _MAP, 3)),), self.task, 0
            )
            outputs = head(draw.normal(size=(_COUNT, _MAP, _MAP, 3)).astype(np.float32), training=False)
            return np.asarray(outputs)
        cells = {"map": (_MAP // 2, _MAP // 2), "sequence": (_MAP,)}.get(self.kind.output_form, ())
        return draw.normal(0, 0.5, (_COUNT, *cells, self.task.outputs)).astype(np.float32)

    @cached_property
    def learned(self) -> np.ndarray[Any, Any]:
        """Outputs after descending the loss from those."""
        return self.descended(self.criterion)[1]

    def descended(self, criterion: Criterion) -> tuple[list[float], np.ndarray[Any, Any]]:
        """Return the mean loss at each of some steps down its gradient, and the outputs that they lead to."""
        import tensorflow as tf

        loss, targets = criterion.loss(0.0), criterion.targets(self.prepared)
        shape = {
            "vector": self.begun.shape,
            "map": (_COUNT, _MAP, _MAP),
            "boxes": (_COUNT, *targets.shape[1:]),
            "sequence": (_COUNT, _MAP),
        }[self.kind.output_form]
        expect(
            targets.dtype == np.float32 and targets.shape == shape,
            f"targets are {targets.dtype} {targets.shape}, not float32 {shape}",
        )
        rate = 2.0 * math.prod(self.cells)
        outputs, values = tf.Variable(self.begun), []
        for _ in range(_STEPS):
            with tf.GradientTape() as tape:
                each = loss(targets, outputs)
                mean = tf.reduce_mean(each)
            expect(each.shape == (_COUNT,), f"the loss has the shape {tuple(each.shape)}, not one number a sample")
            gradient = tape.gradient(mean, outputs)
            expect(gradient is not None, "nothing of the outputs is in the loss: it has no gradient")
            expect(bool(np.isfinite(gradient).all()), "the gradient of the loss is not finite")
            values.append(float(mean))
            outputs.assign_sub(rate * tf.cast(gradient, tf.float32))
        return values, outputs.numpy()

    @cached_property
    def answers(self) -> np.ndarray[Any, Any]:
        """The answers of the outputs that were learned."""
        return self.criterion.answers(self.learned)

    @cached_property
    def metrics(self) -> Metrics:
        """Their metrics."""
        return self.criterion.metrics(self.prepared, self.answers)


@check()
def can_be_found(subject: TaskSubject) -> None:
    """Prove that the task is found and complete, and that its names give the same task again."""
    wrong = task_problem(subject.kind.kind, subject.kind)
    expect(wrong is None, str(wrong))
    task = subject.kind.example()
    expect(task.outputs > 0 and len(task.names) > 0, f"its example has {task.outputs} outputs, {len(task.names)} names")
    again = subject.kind.of_names(task.names)
    expect(again == task, f"of_names gives {again!r}, and the example is {task!r}")


@check(can_be_found)
def labels_round_trip(subject: TaskSubject) -> None:
    """Prove that labels of a file are read, shown, divided, and found again in another order of names."""
    task, labels = subject.task, subject.labels
    refused = task.refusal(labels, _COUNT)
    expect(refused is None, f"it refuses labels that it read: {refused}")
    expect(task.refusal(labels[1:], _COUNT) is not None, f"it takes {_COUNT - 1} labels for {_COUNT} samples")
    shown = [task.show(label) for label in labels]
    expect(all(isinstance(each, str) and each for each in shown), f"show gives {shown[0]!r}, not words")
    strata = task.strata(labels)
    expect(
        strata.shape == (_COUNT,) and strata.dtype == np.int64 and strata.min() >= 0,
        f"strata are {strata.dtype} {strata.shape}, not int64 ({_COUNT},) from 0",
    )
    other, others = subject.read(tuple(reversed(task.names)))
    found = task.reindexed(others, other.names)
    expect(task.refusal(found, _COUNT) is None, f"reindexed labels are refused: {task.refusal(found, _COUNT)}")
    expect([task.show(label) for label in found] == shown, "reindexed labels of other data are other labels")
    own, names = task.converted(labels, task.names)
    expect(
        tuple(names) == task.names and [task.show(label) for label in own] == shown,
        "converted changes labels that are in the task's notation already",
    )
    parts = np.split(np.arange(_COUNT), (_COUNT // 2, 3 * _COUNT // 4))
    task.check_splits(labels, dict(zip(("train", "validation", "test"), parts, strict=True)), str)


@check(labels_round_trip)
def loss_can_be_descended(subject: TaskSubject) -> None:
    """Prove that every loss of the task is finite, has a gradient, and falls when outputs follow it."""
    for name in (None, *subject.kind.losses):
        criterion = subject.task.criterion(subject.labels, TaskOptions(loss=name), {})
        values, outputs = subject.descended(criterion)
        said = f"the loss {name or 'of the task'}"
        expect(all(map(math.isfinite, values)), f"{said} is {values[0]:g}")
        expect(values[-1] < values[0], f"{said} went from {values[0]:.4g} to {values[-1]:.4g} down its gradient")
        quality = criterion.quality(criterion.targets(subject.prepared), outputs)
        expect(quality.shape == (_COUNT,), f"quality has the shape {quality.shape}, not one number a sample")
        figures = criterion.figures(subject.prepared, outputs)
        expect(
            math.isfinite(figures.get("loss", math.nan)), f"figures have no finite 'loss': {', '.join(figures) or '-'}"
        )


@check(loss_can_be_descended)
def answers_as_the_saved_model(subject: TaskSubject) -> None:
    """Prove that the layer of the saved model gives the answers of the criterion, also after a journal's facts."""
    names, answers = subject.task.names, subject.answers
    boxes = subject.kind.output_form == "boxes"
    shape = (_COUNT, *answers.shape[1:]) if boxes else (_COUNT, *subject.cells, len(names))
    expect(
        answers.shape == shape and answers.dtype == np.float32,
        f"answers are {answers.dtype} {answers.shape}, not float32 {shape}",
    )
    expect_equal(subject.criterion.answer_layer()(subject.learned), answers, "answer_layer and answers", ROUNDING)
    facts = subject.task.read_facts(json.loads(json.dumps(subject.task.facts(subject.labels))))
    resumed = subject.task.criterion(subject.labels[:0], TaskOptions(), facts)
    expect_equal(resumed.answers(subject.learned), answers, "answers by the facts in a journal", ROUNDING)


@check(loss_can_be_descended)
def measures_with_a_standard_error(subject: TaskSubject) -> None:
    """Prove that learned outputs score higher, with a standard error, and that metrics survive the JSON of a result."""
    criterion, labels = subject.criterion, subject.prepared
    (before, _), (after, error) = (criterion.score(labels, each) for each in (subject.begun, subject.learned))
    expect(after > before, f"the score went from {before:.4g} to {after:.4g}, though the loss fell")
    expect(error >= 0, f"the standard error of the score is {error!r}")
    score = subject.metrics.score
    expect(math.isfinite(score.value), f"the score of the metrics is {score.value!r}")
    expect(not score.standard_error < 0, f"the standard error of the metrics is {score.standard_error!r}")
    written = metrics_json(subject.metrics)
    for key in (subject.kind.metrics_key, subject.kind.rows_key):
        expect(key in written, f"the JSON of its metrics has no {key!r}")
    again = metrics_json(subject.kind.read_metrics(written))
    expect(again == written, "metrics that are read from JSON are written otherwise")
    found = subject.kind.of_result(written)
    expect(found == subject.task, f"the JSON of its metrics is of the task {found!r}")


@check(measures_with_a_standard_error)
def describes_answers(subject: TaskSubject) -> None:
    """Prove that answers have words for a report, and that its mistakes are samples of the split."""
    task, metrics = subject.task, subject.metrics
    for answer in subject.answers[:3]:
        expect(bool(task.describe_answer(answer, metrics).label), "an answer is described by no words")
    rows, amounts = task.mistakes(subject.prepared, subject.answers, metrics, subject.labels)
    expect(len(rows) == len(amounts), f"mistakes are {len(rows)} rows and {len(amounts)} amounts")
    expect(all(0 <= row < _COUNT for row in rows), "mistakes have rows that the split does not have")


@check(measures_with_a_standard_error)
def keeps_its_answers(subject: TaskSubject) -> None:
    """Prove that kept answers give the score of the metrics, also for some samples; a task may keep none."""
    task, metrics = subject.task, subject.metrics
    kept = task.kept_answers(subject.prepared, subject.answers, metrics)
    for name, each in kept.items():
        expect(
            len(each) == _COUNT and each.dtype.kind in "biuf", f"the kept array {name!r} is {each.dtype} {each.shape}"
        )
    if not kept:
        return
    outcomes = task.outcomes(kept)
    figures = outcomes.figures(np.ones((2, outcomes.count)))
    expect(figures.shape == (2, len(outcomes.measures)), f"figures have the shape {figures.shape}")
    expect(outcomes.count == len(outcomes.keys) == _COUNT, f"there are outcomes of {outcomes.count} samples")
    score = metrics.score
    if outcomes.measures[0].title == score.name and math.isfinite(score.value):
        expect(math.isclose(figures[0, 0], score.value, rel_tol=1e-4), f"the kept {score.name} is {figures[0, 0]:.4g}")
    some = task.outcomes({name: each[: _COUNT // 2] for name, each in kept.items()})
    expect(some.count == _COUNT // 2, f"half of the rows are {some.count} samples")
    outcomes.show(0)


@check(measures_with_a_standard_error)
def writes_its_section(subject: TaskSubject) -> None:
    """Prove that a report can be written with the section of its metrics."""
    from tlzoo.evaluation import Report, render_report

    told: list[str] = []
    report = Report("check", "check:", "check", created="", recipe="", environment={}, metrics=subject.metrics)
    render_report(report, told.append)
    expect(not told, "; ".join(told))


@check(answers_as_the_saved_model)
def serves_answers(subject: TaskSubject) -> None:
    """Prove that serving signatures have the declared outputs, and that predictions read them, and no answer of NaN."""
    import tensorflow as tf

    def served(answers: np.ndarray[Any, Any]) -> Mapping[str, Any]:
        found = subject.task.serving_answers()(tf.constant(answers))
        if subject.kind.output_form == "sequence":
            found |= subject.task.serving_offsets(*_raw_sequences())
        return found

    outputs = served(subject.answers)
    declared = subject.kind.serving_outputs
    expect(outputs.keys() == declared.keys(), f"outputs are {', '.join(outputs)}, declared are {', '.join(declared)}")
    for name, form in declared.items():
        words = outputs[name].dtype == tf.string
        expect(words == (form == "words"), f"the output {name!r} is {outputs[name].dtype.name}, declared as {form}")
        rank = outputs[name].shape.rank
        expect(
            rank == _RANKS.get(form, rank),
            f"the output {name!r} has {rank} axes, declared as {form}",
        )
    row = subject.task.read_answer(_first(outputs))
    expect(row is not None, "a finite answer is read as None")
    json.dumps(row)
    unread = subject.task.read_answer(_first(served(np.full_like(subject.answers, np.nan))))
    expect(unread is None, f"an answer of NaN is read as {unread!r}")


def _maps(classes: int) -> np.ndarray[Any, Any]:
    """Return made-up maps of class indices (24, height, width), in quarters."""
    maps = np.random.default_rng(0).integers(0, classes, (_COUNT, 2, 2))
    maps[:, 0, 0] = np.arange(_COUNT) % classes
    return np.repeat(np.repeat(maps, _MAP // 2, axis=1), _MAP // 2, axis=2)


def _boxes(indices: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return a made-up box (24, 1, 5) of half the sides in each sample, whose classes alternate between ``indices``."""
    draw = np.random.default_rng(0)
    corners = draw.integers(0, 5, (_COUNT, 2)) / _MAP
    kinds = indices[np.arange(_COUNT) % len(indices)]
    return np.concatenate([corners, corners + 0.5, kinds[:, np.newaxis]], axis=1)[:, np.newaxis]


def _sequences(indices: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return made-up class indices (24, positions), some of ``indices``; the last position does not count."""
    places = np.random.default_rng(0).integers(0, len(indices), (_COUNT, _MAP))
    places[:, 0] = np.arange(_COUNT) % len(indices)
    found: np.ndarray[Any, Any] = indices[places]
    found[:, -1] = -1
    return found


def _raw_sequences() -> tuple[Any, Any]:
    """Return raw texts (24,) of words with one letter, and the origins (24, positions, 2) of a token for each."""
    import tensorflow as tf

    starts = 2 * np.arange(_MAP, dtype=np.int32)
    origins = np.broadcast_to(np.stack([starts, starts + 1], axis=1), (_COUNT, _MAP, 2))
    return tf.constant([" ".join("abcdefgh"[:_MAP])] * _COUNT), tf.constant(origins)


def _preprocessing(form: OutputForm) -> Preprocessing:
    """Return preprocessing whose samples have the shape of the made-up labels."""
    import keras

    from tlzoo.backbones import Preprocessing

    shape = (_MAP,) if form == "sequence" else (_MAP, _MAP, 1)
    return Preprocessing(lambda raw: raw, keras.layers.Identity(), shape, "float32")


def _first(outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each.numpy()[0] for name, each in outputs.items()}


TASK_CHECKS: tuple[Check[TaskSubject], ...] = (
    can_be_found,
    labels_round_trip,
    loss_can_be_descended,
    answers_as_the_saved_model,
    measures_with_a_standard_error,
    describes_answers,
    keeps_its_answers,
    writes_its_section,
    serves_answers,
)
