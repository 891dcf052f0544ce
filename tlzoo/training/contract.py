"""What a trainer is: it runs phases for one kind of task. The core brings one, plugins bring others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    from tlzoo.data.augmentation import Augmenter
    from tlzoo.evaluation import Metrics
    from tlzoo.export import ServingModel
    from tlzoo.heads import Head
    from tlzoo.strategies import Answer, Job, Phase, PhaseResult, Probe
    from tlzoo.tasks import Balance

__all__ = ["Evaluation", "Plan", "Record", "Resizing", "Setup", "Trainer", "refuse_fields"]


@dataclass(frozen=True, slots=True)
class Resizing:
    """How the run's backbone is had at another image size.

    ``load`` takes height and width in pixels, which are equal, and returns the backbone as the run's own was loaded;
    what the setup says of its values does not matter, as the trainer carries its own over. ``smallest`` is the least
    that it takes, None where it takes one size alone.
    """

    smallest: int | None
    load: Callable[[int], Backbone]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a trainer is given: everything of the run that is decided before the first phase.

    ``data`` is a ``Dataset`` for the trainer of labelled samples, and for another what its adapter gives. ``budget``
    counts the trainer's unit; None leaves it to the trainer. ``balance`` makes classes count alike in training;
    ``loss`` is that of numbers, None for the usual one. ``facts`` are what the journal of an earlier run has of the
    training split, for a task that needs them (``Task.facts``). ``thresholds`` says from which probability on each of
    several labels applies: a half, what the validation split says in the end, or these numbers. ``source`` has
    statistics of what the backbone was trained on, if there are any. ``augment`` changes what is trained on, and never
    what is evaluated. ``resizing`` is there where a phase may ask for another image size.
    ``target`` has unlabelled inputs of another domain in its ``train``, with labels that say nothing; objectives of
    phases may use them. ``target_test`` has labelled ones of that domain in its ``test``, for
    ``evaluate(state, "target")`` and nothing else. ``checkpoints`` is a folder for the trainer alone. ``memory`` is the
    limit in bytes within which frozen passes choose their batches.
    """

    backbone: Backbone
    head: Head
    data: Dataset
    seed: int
    checkpoints: Path
    budget: int | None = None
    batch_size: int = 32
    optimizer: str = "adamw"
    augment: Augmenter | None = None
    balance: Balance = "none"
    loss: Literal["mse", "huber"] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Literal["half", "validation"] | tuple[float, ...] = "half"
    source: Mapping[str, Any] = field(default_factory=dict)
    resizing: Resizing | None = None
    target: Dataset | None = None
    target_test: Dataset | None = None
    progress: Progress = field(default_factory=Silent)
    memory: int = field(default_factory=lambda: memory_limit().bytes)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a phase will be run.

    ``mode`` says what is computed once and kept: the pooled features, the activations at ``cut`` (the name of the
    highest stage under which nothing trains), either of them for so many augmented ``views`` of each sample, or nothing
    of what is trained on. ``units`` is the phase's length in the trainer's unit,
    ``cache_bytes`` what is kept, ``trained`` the number of parameters that train, ``reason`` why this mode was taken.
    ``image_size`` and ``augment`` are the phase's own, None for the run's.
    ``engine`` computes what is frozen; ``forward_passes_saved`` counts samples that need not go through it again.
    ``solver`` says how what trains is trained: by gradients, a batch at a time, or fitted to its optimum by L-BFGS, a
    pass over the training split after the other: ``units`` are then the most that there may be.
    ``beside`` counts the samples of the unlabelled target that an epoch takes beside the labelled ones.
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
    peak_bytes: int | None = None
    largest_batch: int | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of evaluating: figures; and in the order of the split the labels and the answers (N, …), if any."""

    metrics: Metrics
    labels: np.ndarray | None = None
    answers: np.ndarray | None = None


class Record(Protocol):
    """Where a trainer writes what happens within a phase: a line of figures for each finished epoch or segment."""

    def append(self, **figures: Any) -> None:
        """Write one line."""
        ...


class Trainer(Protocol):
    """Runs phases. ``State`` is the trainer's own: the model, the data, what is kept between phases."""

    unit: Literal["epochs", "steps"]

    def prepare(self, setup: Setup) -> Any:
        """Return the state before the first phase. The same setup gives the same state, in any process."""
        ...

    def job(self, state: Any) -> Job:
        """Return what the strategy may know."""
        ...

    def plan(self, state: Any, phase: Phase) -> Plan:
        """Say how the phase will be run, without running anything."""
        ...

    def estimate(self, state: Any, plan: Plan) -> float | None:
        """Return about how many seconds a plan takes on this machine, None where there is no telling."""
        ...

    def run(self, state: Any, phase: Phase, position: int, plan: Plan, record: Record) -> PhaseResult:
        """Run the phase at this position of the run, going on at the last finished unit of an interrupted one."""
        ...

    def probe(self, state: Any, probe: Probe) -> Answer:
        """Answer one of tlzoo's own probes and leave the weights as they were; raise UsageError for another one.

        A probe of a user's own has its own ``answer``.
        """
        ...

    def restore(self, state: Any, checkpoint: str) -> None:
        """Set the weights to those of a checkpoint; ``"initial"`` is the state before the first phase."""
        ...

    def evaluate(self, state: Any, split: str) -> Evaluation:
        """Return the metrics on a split of the data, with what was predicted where there is something to show.

        The split ``target`` is the test split of the setup's ``target_test``; it is asked for where there is one.
        """
        ...

    def predict(self, state: Any, inputs: Sequence[Any]) -> Any:
        """Return answers for raw inputs: of a run that acts. Other runs answer by their serving model."""
        ...

    def serving_model(self, state: Any) -> ServingModel | None:
        """Return the trained network with its preprocessing, as exporters take it; None if there is no Keras model."""
        ...


def refuse_fields(phase: Phase, fields: Iterable[str], reason: str) -> None:
    """Raise UsageError where a phase asks for one of these fields: what a trainer calls for those it has no use for.

    ``reason`` ends the sentence ``phase 'head' asks for label_smoothing 0.1, but …``.
    """
    for name in fields:
        value = getattr(phase, name)
        if value != type(phase).model_fields[name].get_default(call_default_factory=True):
            raise UsageError(f"phase {phase.name!r} asks for {name} {value}, but {reason}", "leave it out")
