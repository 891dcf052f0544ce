"""The Task contract: labels, losses, metrics, predictions and reports of a task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.tasks.answers import DescribedAnswer
from tlzoo.tasks.calibration import Calibrate, LogLoss
from tlzoo.tasks.decision import PLAIN, Decision
from tlzoo.tasks.loss_names import advice_on_loss
from tlzoo.tasks.options import Balance, TaskOptions

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.tasks.answers import AnswerFile, Doubt, TextPiece
    from tlzoo.tasks.criterion import Criterion
    from tlzoo.tasks.label_rows import Labels, Rows
    from tlzoo.tasks.metrics import Metrics
    from tlzoo.tasks.outcomes import KeptAnswers, Outcomes
    from tlzoo.tasks.placement import Placement
    from tlzoo.tasks.thresholds import ThresholdRule

__all__ = [
    "OutputForm",
    "Positions",
    "ScoreUnit",
    "ServingAnswers",
    "ServingForm",
    "Task",
]

Positions: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.int64]]"

ScoreUnit: TypeAlias = Literal["share", "number"]

ServingForm: TypeAlias = Literal["numbers", "words", "maps", "boxes", "sequences", "offsets"]

OutputForm: TypeAlias = Literal["vector", "map", "boxes", "sequence"]
"""The form of a head's outputs: (batch, outputs), (batch, height, width, outputs), (batch, candidates, outputs), or
(batch, positions, outputs)."""

_CELL_AXES: Mapping[OutputForm, int] = MappingProxyType({"vector": 0, "map": 2, "sequence": 1})
"""The number of axes between the samples and the names."""

ServingAnswers: TypeAlias = "Callable[[tf.Tensor], dict[str, tf.Tensor]]"
"""From predictions (N, …, names) float32 to the outputs of a serving signature."""


class Task(ABC):
    """A task: a frozen value with the names of a head's outputs. The hook ``tlzoo_tasks`` returns its class.

    A head returns ``outputs`` numbers per sample, per cell of a map, or per candidate for a box. Methods that are not
    abstract have a default, for a task without classes.
    """

    __slots__ = ()

    kind: ClassVar[str]
    """The name of the task, in results and recipes."""

    exclusive: ClassVar[bool] = False
    """Whether a sample has exactly one class: labels are int64 (N,), indices into ``class_names``.

    Such data have label budgets, class weights and resampling, and entries can be ranked on them.
    """

    names_of_labels: ClassVar[bool] = False
    """Whether names are found in labels, so that other data may lack some of them. Those of exclusive classes are."""

    class_logits: ClassVar[bool] = False
    """Whether the softmax of the outputs is the class probabilities. Objectives on logits need it."""

    balances: ClassVar[tuple[Balance, ...]] = ("none",)
    """The supported values of the recipe field ``balance``."""

    losses: ClassVar[tuple[str, ...]] = ()
    """The supported values of the recipe field ``loss``."""

    has_thresholds: ClassVar[bool] = False
    """Whether the recipe field ``thresholds`` is supported: see ``best_thresholds``."""

    calibrations: ClassVar[tuple[Calibrate, ...]] = ("none",)
    """The supported values of the recipe field ``calibrate``: see ``log_loss``."""

    cover_name: ClassVar[str] = ""
    """The output with a label set or an interval of each target, if there is one: see ``cover``."""

    output_form: ClassVar[OutputForm] = "vector"
    """The form of outputs and answers, the same as the head's ``output_form``.

    Targets of maps are float32 (N, height, width) in the size of a prepared sample, which the loss compares with
    outputs of any height and width. An augmentation moves them together with the samples, without interpolation.

    Targets of boxes are float32 (N, boxes, columns): left, top, right and bottom as shares of the width and height of
    a sample, then columns of the task. Rows without a box are -1. An augmentation moves them together with the samples,
    and sets the rows of boxes that it cuts off to -1. Answers are (N, boxes, columns), the same number for each sample.

    Targets of sequences are float32 (N, positions), class indices; -1 for positions that do not count in the loss, such
    as padding. The positions are those of the backbone's sequence of features. Answers are (N, positions, names).
    """

    head: ClassVar[str | None] = None
    """The head of recipes that do not name one; None for that of tlzoo, which returns vectors."""

    unused_fields: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Refused fields of a phase, with the reason: ``{"label_smoothing": "numbers have no labels to smooth"}``."""

    trainer: ClassVar[str] = "supervised"
    """The trainer of its phases, by its name in ``tlzoo_trainers``."""

    score_unit: ClassVar[ScoreUnit] = "number"
    """Format of scores: a share from 0 to 1 is shown as a percentage."""

    hub_task: ClassVar[str] = ""
    """The task on the Hugging Face Hub, for model cards. In ``{}-classification``, the ``hub_word`` of the modality
    replaces the braces."""

    names_key: ClassVar[str] = "classes"
    """The array of names in a NumPy archive: "classes" (in tables ``label=``) or "targets" (``target=``)."""

    metrics_key: ClassVar[str]
    """A key that occurs only in the JSON of this task's metrics."""

    rows_key: ClassVar[str]
    """The key of figures by class or target in the JSON of metrics; the keys below are the names."""

    serving_outputs: ClassVar[Mapping[str, ServingForm]]
    """The outputs of a serving signature: numbers float32 (N, names), strings (N,) or (N, names), maps float32
    (N, height, width, names), boxes float32 (N, boxes, columns), sequences float32 (N, positions, names), or offsets
    int32 (N, positions), -1 for none."""

    # --- labels ---

    @classmethod
    @abstractmethod
    def example(cls) -> Task:
        """Return a small task of this kind, for the checks of heads."""

    @classmethod
    @abstractmethod
    def read(cls, rows: Rows, names: Rows | None, where: str) -> tuple[Task, Labels]:
        """Return the task and the labels of rows (N, K) of a file. Raises DataError if they do not fit.

        ``names`` are the names of classes or targets in the file, if any; ``where`` is the start of error messages.
        If outputs are maps, rows are maps of class indices (N, height, width). If they are boxes, rows are N arrays of
        boxes (K, columns), or N lists of them. If they are sequences, rows are N arrays of class indices (positions,),
        -1 for positions that do not count, or what ``of_memory`` returns.
        """

    @classmethod
    def of_memory(cls, inputs: Any, labels: Any, where: str) -> tuple[Any, Any]:  # noqa: ARG003 - of sequences
        """Return inputs and labels in memory in the form for the modality and for ``read``.

        It is called if outputs are not vectors. A task may accept inputs that the modality does not, such as lists of
        words, and add to labels what it needs of their inputs. Raises DataError if they do not fit.
        """
        return inputs, labels

    @classmethod
    @abstractmethod
    def of_names(cls, names: Sequence[str]) -> Task:
        """Return the task of these classes or targets."""

    @classmethod
    def of_result(cls, test: Mapping[str, Any]) -> Task | None:
        """Return the task of a run from the JSON of its metrics; None if it has no class or target."""
        names = test.get(cls.rows_key)
        return cls.of_names(tuple(names)) if names else None

    def untested(self) -> Mapping[str, Any]:
        """Return JSON without metrics for ``of_result``: the names of the classes or targets."""
        return {self.rows_key: {name: {} for name in self.names}}

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names of the predicted classes or targets."""

    @property
    def outputs(self) -> int:
        """The number of outputs of a head. Predictions have a column for each name."""
        return len(self.names)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes; empty for labels that are not classes."""
        return ()

    @abstractmethod
    def show(self, label: Any) -> str:
        """Return one sample's label as text: ``cat``, or ``red, round``, or ``2.5``."""

    @abstractmethod
    def refusal(self, labels: Labels, count: int) -> str | None:
        """Return why these are not valid labels of ``count`` samples, or None."""

    def mismatch(self, labels: Labels, examples: Any) -> str | None:  # noqa: ARG002 - of those with maps
        """Return why valid labels do not fit their inputs, such as a mask of another size than its image, or None.

        ``examples`` are the inputs (``tlzoo.data.Examples``), which are not read.
        """
        return None

    def check_splits(self, labels: Labels, splits: Mapping[str, Positions], name: Callable[[int], str]) -> None:
        """Raise DataError for labels that declared splits must not have, such as a class only in the test split.

        Sources of labelled data in memory call it. ``splits`` are positions (N,) by ``train``, ``validation`` and
        ``test``, empty for undivided data; ``name`` returns the name of a sample.
        """
        del labels, splits, name

    def label_keys(self, labels: Labels) -> np.ndarray:
        """Return numbers (N, …) that are equal exactly for equal labels, for fingerprints and duplicates."""
        return labels

    def prepared_labels(self, labels: Labels, shape: Sequence[int]) -> Labels:  # noqa: ARG002 - of those with maps
        """Return labels in the form for the criterion. ``shape`` is that of a prepared sample.

        Labels that are read on demand, such as masks in files, are read here.
        """
        return labels

    def placed_labels(self, labels: Labels, placement: Placement) -> Labels:
        """Return labels in the form for the criterion. ``placement`` is a backbone's ``Preprocessing``.

        Labels of the parts of an input, such as the words of a text, are put at positions by its ``origins``. By
        default ``prepared_labels``.
        """
        return self.prepared_labels(labels, placement.shape)

    @abstractmethod
    def strata(self, labels: Labels) -> Positions:
        """Return the stratum of each sample, int64 (N,), from 0. Splits and folds take equal shares of each stratum."""

    def class_members(self, labels: Labels) -> Iterator[tuple[str, np.ndarray]]:  # noqa: ARG002 - of those with classes
        """Yield each class with a mask (N,) of its samples."""
        yield from ()

    def class_counts(self, labels: Labels) -> Positions:
        """Return the number of samples of each class, int64 (classes,)."""
        return np.array([members.sum() for _, members in self.class_members(labels)], np.int64)

    def numbers(self, labels: Labels) -> Mapping[str, np.ndarray]:  # noqa: ARG002 - of those with targets
        """Return the values (N,) of each target, if labels are numbers."""
        return {}

    def merged(self, labels: Labels, place: Positions, classes: Sequence[str]) -> tuple[Task, Labels]:
        """Return the task with merged classes, and its labels. ``place`` (K,) maps each old class to a new one.

        Only called for tasks with classes.
        """
        raise NotImplementedError(f"{self.kind} has no classes to merge")

    def converted(self, labels: Labels, names: Sequence[str]) -> tuple[Labels, tuple[str, ...]]:
        """Return labels of other data in this task's notation, such as its tagging scheme, and their names.

        Names that this task does not have are refused afterwards. By default both are unchanged.
        """
        return labels, tuple(names)

    def reindexed(self, labels: Labels, names: Sequence[str]) -> Labels:
        """Convert labels of other data to this task. ``names`` are those of the other data, in this task's spelling."""
        return labels[:, [list(names).index(name) for name in self.names]]

    def doubts(self, labels: Labels, nearest: Positions, weights: np.ndarray) -> Iterator[Doubt]:  # noqa: ARG002
        """Yield samples with other labels than their neighbours (N, K), of weights (N, K) with a sum of 1."""
        yield from ()

    # --- training ---

    def check_options(self, options: TaskOptions, source: str) -> None:
        """Raise UsageError for an option that the task does not support."""
        if options.balance not in self.balances:
            if len(self.balances) == 1:
                what = f"{source} is {self.kind}: it has no classes to balance by {options.balance!r}"
                raise UsageError(what, "leave balance out, or give sample weights")
            what = f"{source} is {self.kind}, which cannot be balanced by {options.balance!r}"
            raise UsageError(what, f"valid: {', '.join(self.balances)}")
        if options.loss is not None and options.loss not in self.losses:
            fix = advice_on_loss(options.loss, self.losses)
            raise UsageError(f"{source} is {self.kind}, which has no loss {options.loss!r}", fix)
        if options.thresholds != "half" and not self.has_thresholds:
            what = f"{source} is {self.kind}, which has no thresholds; of the tasks of tlzoo, only multi-label has"
            raise UsageError(what, "leave thresholds out")
        if options.calibrate not in self.calibrations:
            what = f"{source} is {self.kind}, which has no probabilities of classes to calibrate"
            raise UsageError(what, "leave calibrate out")
        if options.calibrate == "vector" and options.balance in {"class-weights", "logit-adjust"}:
            what = f"calibrate 'vector' fits a shift of each class, which would undo balance {options.balance!r}"
            raise UsageError(what, "use calibrate 'temperature', or leave balance out")
        if options.coverage is not None and not self.cover_name:
            what = f"{source} is {self.kind}, which has neither label sets nor intervals"
            raise UsageError(what, "leave coverage out")

    def facts(self, labels: Labels) -> dict[str, Any]:  # noqa: ARG002 - of those who need some
        """Return facts on the training labels that the criterion needs to evaluate other data, as JSON.

        The journal of a run stores them with ``fingerprint``, ``classes``, ``splits``, ``order`` and ``labels``: use
        other names.
        """
        return {}

    def read_facts(self, recorded: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 - as above
        """Return these facts from a journal's record of the data. Raises ValueError if they are damaged."""
        return {}

    @abstractmethod
    def criterion(self, labels: Labels, options: TaskOptions, facts: Mapping[str, Any]) -> Criterion:
        """Return the criterion for training on these labels. ``facts`` are those of an earlier run, or empty."""

    @abstractmethod
    def score_name(self, balance: Balance) -> str:
        """Return the name of the score that compares phases."""

    @classmethod
    @abstractmethod
    def read_metrics(cls, values: Mapping[str, Any]) -> Metrics:
        """Return the metrics in a value of ``to_json``."""

    # --- decisions ---

    def log_loss(self, labels: Labels) -> LogLoss:
        """Return the log loss of outputs for labels, by which outputs are calibrated.

        Only called for tasks with ``calibrations``.
        """
        raise NotImplementedError(f"{self.kind} cannot be calibrated")

    def best_thresholds(self, labels: Labels, answers: np.ndarray, rule: ThresholdRule) -> list[float]:
        """Return the decision threshold of each class, the best by a rule on held-out samples.

        Only called for tasks with ``has_thresholds``.
        """
        raise NotImplementedError(f"{self.kind} has no thresholds")

    @property
    def cover_columns(self) -> int:
        """The number of columns of ``nonconformity``: 1, or the number of names; 0 without a ``cover_name``."""
        return 1 if self.cover_name else 0

    def nonconformity(self, labels: Labels, answers: np.ndarray) -> np.ndarray:
        """Return how unlike each label is to its answer: float64 (N, 1), or a column for each name.

        Only called for tasks with a ``cover_name``, as the next two.
        """
        raise NotImplementedError(f"{self.kind} has neither label sets nor intervals")

    def cover(self, answers: np.ndarray, bounds: np.ndarray) -> dict[str, np.ndarray]:
        """Return all labels whose nonconformity is at most ``bounds`` (columns,), as the output ``cover_name``.

        A set is (N, names) of bytes: the name if the set has it, otherwise empty. An interval is float32 (N, names, 2).
        """
        raise NotImplementedError(f"{self.kind} has neither label sets nor intervals")

    def cover_sizes(self, answers: np.ndarray, bounds: np.ndarray) -> np.ndarray:
        """Return the sizes of what ``cover`` returns: numbers of classes (N, 1), or widths (N, names)."""
        raise NotImplementedError(f"{self.kind} has neither label sets nor intervals")

    def tested_decision(self, test: Mapping[str, Any]) -> Decision:  # noqa: ARG002 - of several labels
        """Return the decision in the JSON of the metrics of a run that has no file of it, from an earlier version.

        Raises ValueError if it is damaged.
        """
        return PLAIN

    # --- predictions ---

    @abstractmethod
    def serving_answers(self, decision: Decision = PLAIN) -> ServingAnswers:
        """Return the function from predictions to the outputs of a serving signature, in TensorFlow operations.

        Predictions are calibrated already. If the decision has a ``coverage``, what ``cover`` returns is an output too.
        """

    def serving_offsets(self, raw: tf.Tensor, origins: tf.Tensor) -> dict[str, tf.Tensor]:  # noqa: ARG002 - as above
        """Return further outputs of the serving signature of raw inputs: where positions are in an input.

        They are declared in ``serving_outputs``: offsets int32 (N, positions) and strings (N, positions). ``raw`` are
        the raw inputs (N, …), ``origins`` int32 (N, positions, 2) are those of ``Preprocessing.origins``. It is called
        if outputs are sequences, in a graph: TensorFlow operations only.
        """
        return {}

    def answers_fit(self, shape: Sequence[int], count: int) -> bool:
        """Return whether an array of this shape has predictions for ``count`` samples."""
        cells = tuple(shape[1:-1])
        return len(cells) == _CELL_AXES[self.output_form] and tuple(shape) == (count, *cells, len(self.names))

    def serving_arrays(
        self,
        answers: np.ndarray,  # noqa: ARG002 - of tasks with exported files
        decision: Decision = PLAIN,  # noqa: ARG002
    ) -> dict[str, np.ndarray] | None:
        """Return what ``serving_answers`` returns for predictions (N, …, names), with NumPy.

        None if the task needs TensorFlow for that; exported files then do not replace it in ``tlzoo predict``.
        """
        return None

    @abstractmethod
    def read_answer(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return one sample's outputs of a serving signature in the form of ``tlzoo predict --json``.

        None if a prediction is not finite, because the input could not be read.
        """

    @abstractmethod
    def describe_answer(self, answer: np.ndarray, metrics: Metrics) -> DescribedAnswer:
        """Return one sample's prediction (names,) for a report. ``metrics`` are those of its split."""

    def doubt_gradients(self, answers: np.ndarray, decision: Decision) -> np.ndarray | None:  # noqa: ARG002 - of those with probabilities
        """Return the gradients of the loss by the outputs if predictions were the labels, (N, outputs).

        They are zero for certain predictions, and choose what to label next (`tlzoo data next`). The largest absolute
        value is the probability that a class is predicted wrongly. None for tasks without probabilities.
        """
        return None

    def describe_example(self, label: Any, answer: np.ndarray, metrics: Metrics) -> DescribedAnswer:  # noqa: ARG002
        """Return the prediction of a sample with a prepared label for a report. By default ``describe_answer``."""
        return self.describe_answer(answer, metrics)

    def right_answers(self, labels: Labels, answers: np.ndarray, metrics: Metrics) -> np.ndarray | None:
        """Return how right each prediction is, float64 (N,): 0 or 1, or for a map the share of its cells.

        None if predictions are neither right nor wrong, as numbers are. ``labels`` are prepared, ``metrics`` those of
        the split. The mean is the accuracy with which exported files are compared.
        """
        described = [self.describe_example(*each, metrics) for each in zip(labels, answers, strict=True)]
        if not all(each.judged for each in described):
            return None
        shown = zip(described, labels, strict=True)
        return np.array([each.label == self.show(label) for each, label in shown], np.float64)

    def equal_answers(
        self,
        answers: np.ndarray,
        others: np.ndarray,
        metrics: Metrics,
        labels: Labels | None = None,  # noqa: ARG002 - of sequences
    ) -> np.ndarray | None:
        """Return the agreement of two predictions of each sample, float64 (N,): 0 or 1, or the share of a map's cells.

        ``labels`` are those of the samples, if known: they tell which positions of a sequence count. None if
        predictions are neither right nor wrong.
        """
        one, other = ([self.describe_answer(each, metrics) for each in every] for every in (answers, others))
        if not all(each.judged for each in (*one, *other)):
            return None
        return np.array([a.label == b.label for a, b in zip(one, other, strict=True)], np.float64)

    def answer_file(self, row: Mapping[str, Any], raw: Any) -> AnswerFile | None:  # noqa: ARG002 - of those with maps
        """Return one sample's outputs of a serving signature as a file; None for a task without such files.

        ``raw`` is the input as the serving signature takes it, such as the bytes of an image file.
        """
        return None

    def picture(self, image: np.ndarray, label: Any, answer: np.ndarray) -> np.ndarray:  # noqa: ARG002 - as above
        """Return the picture of a prediction for a report, by default the input ``image`` (height, width, channels).

        ``label`` is prepared, and ``answer`` (…, names) that of the sample. Values are 0 to 255.
        """
        return image

    def text_pieces(self, label: Any, answer: np.ndarray) -> tuple[Sequence[TextPiece], Sequence[TextPiece]] | None:  # noqa: ARG002 - of those that mark texts
        """Return the text of a sample in pieces for a report: with true marks, and with predicted marks.

        ``label`` is prepared. None for a task that does not mark parts of texts, the default.
        """
        return None

    @abstractmethod
    def mistakes(
        self, labels: Labels, answers: np.ndarray, metrics: Metrics, trained: Labels
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of wrong predictions and their severity. ``trained`` are the training labels."""

    # --- comparison of runs ---

    def kept_answers(
        self,
        labels: Labels,
        answers: np.ndarray,
        metrics: Metrics,
    ) -> KeptAnswers:
        """Return what a run keeps of its test answers for ``outcomes``: small arrays (N, …), no objects.

        ``labels`` are prepared. Empty if runs of the task cannot be compared sample by sample; by default, how right
        each prediction is (``right_answers``).
        """
        right = self.right_answers(labels, answers, metrics)
        return {} if right is None else {"right": np.asarray(right, np.float32)}

    def outcomes(self, kept: KeptAnswers) -> Outcomes:
        """Return the measures of kept answers, for `tlzoo runs compare`. Raises ValueError if they are damaged.

        Some samples of a run are some rows of every array.
        """
        from tlzoo.tasks.outcomes import plain_outcomes

        return plain_outcomes(kept)
