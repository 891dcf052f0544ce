"""Inputs and outputs of trainers: the setup of a run, plans and evaluations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tlzoo.errors import UsageError
from tlzoo.process.memory import memory_limit
from tlzoo.progress import Progress, Silent

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.backbones import Backbone
    from tlzoo.data import Dataset
    from tlzoo.heads import Head
    from tlzoo.keras_objects import KerasConfig
    from tlzoo.modalities.augmentation import Augmenter
    from tlzoo.strategies import Phase
    from tlzoo.tasks import Balance, Calibrate, Decision, MeasuredCoverage, Metrics

__all__ = [
    "Evaluation",
    "Plan",
    "Record",
    "Resizing",
    "Setup",
    "UnlabelledAnswers",
    "evaluation_json",
    "refuse_fields",
]

_OF_CALIBRATION = ("log_loss", "calibration_error", "calibration_interval", "reliability")


@dataclass(frozen=True, slots=True)
class Resizing:
    """Loads the backbone at another image size.

    ``load`` takes height and width in pixels, which are equal, and returns the backbone with the same options;
    its weights do not matter, because the trainer copies its own. ``smallest`` is the smallest size,
    None if there is only one size.
    """

    smallest: int | None
    load: Callable[[int], Backbone]


@dataclass(frozen=True, slots=True)
class Setup:
    """The setup of a run: everything that is decided before the first phase.

    ``data`` is a ``Dataset``, or the ``TrainerData`` that an adapter returned for this trainer. ``budget``
    is in units of the trainer; None leaves it to the trainer. ``balance`` balances classes in training;
    ``loss`` is the name of one of the task's losses, or a Keras loss, None for the default. ``metrics`` are Keras
    metrics in addition to those of the task; ``callbacks`` are Keras callbacks, for trainers that take them. ``facts``
    are facts on the training split in the journal of an earlier run, for a task that needs them (``Task.facts``).
    ``thresholds`` is the rule of multi-label decision thresholds (``tlzoo.tasks.thresholds``), ``"half"`` for 0.5;
    ``calibrate`` is the method that calibrates probabilities; ``coverage`` is that of the label sets or intervals of
    all predictions. ``decision`` has what a finished run fitted; None to fit it again.
    ``source`` has statistics of the backbone's pretraining data, if any. ``augment`` changes training samples,
    never evaluated ones. ``resizing`` is set if a phase may request another image size.
    ``target`` has unlabelled inputs of another domain in its ``train``, with meaningless labels; objectives of
    phases may use them. ``target_test`` has labelled ones of that domain in its ``test``, for
    ``evaluate(state, "target")`` only. ``checkpoints`` is a folder for the trainer only. ``memory`` is the
    memory limit in bytes, by which frozen passes choose their batch size.
    """

    backbone: Backbone
    head: Head
    data: Dataset
    seed: int
    checkpoints: Path
    budget: int | None = None
    batch_size: int = 32
    optimizer: str | KerasConfig = "adamw"
    augment: Augmenter | None = None
    balance: Balance = "none"
    loss: str | KerasConfig | None = None
    metrics: tuple[KerasConfig, ...] = ()
    callbacks: tuple[Any, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    thresholds: str = "half"
    calibrate: Calibrate = "none"
    coverage: float | None = None
    decision: Decision | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    resizing: Resizing | None = None
    target: Dataset | None = None
    target_test: Dataset | None = None
    progress: Progress = field(default_factory=Silent)
    memory: int = field(default_factory=lambda: memory_limit().bytes)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a phase.

    ``mode`` is what is computed once and cached: the pooled features, the activations at ``cut`` (the name of the
    highest stage below which nothing trains), either of them for a number of augmented ``views`` of each sample, or
    nothing of the training samples. ``units`` is the phase's length in units of the trainer,
    ``cache_bytes`` the size of the cache, ``trained`` the number of trained parameters, ``reason`` why this mode was
    chosen. ``image_size`` and ``augment`` are those of the phase, None for those of the run.
    ``engine`` computes the frozen part; ``forward_passes_saved`` is the number of samples that need not pass it again.
    ``solver`` says how what trains is trained: by gradients, a batch at a time, or fitted to its optimum by L-BFGS, a
    pass over the training split after the other: ``units`` are then the most that there may be.
    ``beside`` counts the samples of the unlabelled target that an epoch takes beside the labelled ones.
    ``observed`` names the stages whose features the phase's objective sees; they are cached with the rest where they
    lie at or below the cut. ``teacher`` says that each step also computes a frozen teacher. ``inputs`` says that
    each step takes the samples themselves, through the frozen part too.
    ``peak_bytes`` is the expected peak of the process's memory, None where it is not planned (on a GPU, or by a trainer
    that does not plan it). ``largest_batch`` is the largest ``batch_size`` that fits the memory limit: where it is
    smaller than ``batch_size``, the run is refused.
    """

    mode: Literal["cached features", "cached prefix", "cached views", "live"]
    cut: str | None
    units: int
    batch_size: int
    cache_bytes: int
    trained: int
    reason: str
    engine: str = "tensorflow"
    forward_passes_saved: int = 0
    views: int = 0
    solver: Literal["gradient", "lbfgs"] = "gradient"
    image_size: int | None = None
    augment: str | Mapping[str, Any] | None = None
    beside: int = 0
    observed: tuple[str, ...] = ()
    teacher: bool = False
    inputs: bool = False
    peak_bytes: int | None = None
    largest_batch: int | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of evaluating: figures; and in the order of the split the labels and the answers (N, …), if any.

    ``keras_metrics`` are the values of the run's Keras metrics by name. ``uncalibrated`` are the metrics of the
    probabilities before they were calibrated, if they were; None for the splits that calibration was fitted to.
    ``coverage`` is that of the label sets or intervals, if the run has them.
    """

    metrics: Metrics
    labels: np.ndarray | None = None
    answers: np.ndarray | None = None
    keras_metrics: Mapping[str, float] = field(default_factory=dict)
    uncalibrated: Metrics | None = None
    coverage: MeasuredCoverage | None = None


@dataclass(frozen=True, slots=True)
class UnlabelledAnswers:
    """Pooled features (N, D) float32 and answers (N, names) of the unlabelled inputs of a setup, in their order.

    ``answers`` are None for a task whose answers are not vectors, such as masks.
    """

    features: np.ndarray
    answers: np.ndarray | None


def evaluation_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the value of ``test`` in a result: the metrics of the task, and the run's Keras metrics if it has some.

    Of a calibrated run, ``uncalibrated`` has the figures of calibration before.
    """
    from tlzoo.tasks.metrics import metrics_json

    values = metrics_json(evaluation.metrics)
    measured = {name: value if math.isfinite(value) else None for name, value in evaluation.keras_metrics.items()}
    before = {} if evaluation.uncalibrated is None else metrics_json(evaluation.uncalibrated)
    return (
        values
        | ({"keras_metrics": measured} if measured else {})
        | ({} if evaluation.coverage is None else {"coverage": evaluation.coverage.to_json()})
        | ({"uncalibrated": {name: before[name] for name in _OF_CALIBRATION if name in before}} if before else {})
    )


class Record(Protocol):
    """Record of a phase: a line of figures for each finished epoch or segment."""

    def append(self, **figures: Any) -> None:
        """Write one line."""
        ...


def refuse_fields(phase: Phase, fields: Iterable[str], reason: str) -> None:
    """Raise UsageError if a phase sets one of these fields, which the trainer does not support.

    ``reason`` ends the sentence ``phase 'head' asks for label_smoothing 0.1, but …``.
    """
    for name in fields:
        value = getattr(phase, name)
        if value != type(phase).model_fields[name].get_default(call_default_factory=True):
            raise UsageError(f"phase {phase.name!r} asks for {name} {value}, but {reason}", "leave it out")
