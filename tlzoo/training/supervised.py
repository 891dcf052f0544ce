"""The trainer for supervised tasks: labelled samples, budgets in epochs, scores on a validation split."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from tlzoo.data import distance
from tlzoo.data.balance import class_weights
from tlzoo.errors import DataError, UsageError
from tlzoo.keras_objects import KerasConfig
from tlzoo.modalities import require_modality
from tlzoo.strategies import (
    Answer,
    Closeness,
    Duration,
    Epochs,
    GradientNorms,
    Job,
    Phase,
    PhaseResult,
    Probe,
    RateRange,
    Share,
)
from tlzoo.tasks import Criterion, TaskOptions
from tlzoo.training.callback_state import CallbackStates
from tlzoo.training.callbacks import refuse_batch_callbacks
from tlzoo.training.checkpoints import Checkpoints
from tlzoo.training.contract import Evaluation, UnlabelledAnswers, refuse_fields
from tlzoo.training.costs.duration import estimate_seconds
from tlzoo.training.costs.peak_memory import forward_batch, inference_bytes, on_gpu
from tlzoo.training.decisions import check_held_out, check_validation, coverage_of, decision_of, held_out, unchanged_cut
from tlzoo.training.frozen.feeds import prepared
from tlzoo.training.frozen.store import FeatureStore
from tlzoo.training.keras_loss import with_keras_loss
from tlzoo.training.keras_metrics import KerasMetrics
from tlzoo.training.network import Network
from tlzoo.training.phases.run import run_phase
from tlzoo.training.planning import is_worth_caching, plan_phase
from tlzoo.training.probes.gradient_norms import measure_gradient_norms
from tlzoo.training.probes.rate_range import find_rate_range
from tlzoo.training.seeds import generator
from tlzoo.training.solving.cross_fitting import head_fit, read_head_fit
from tlzoo.training.solving.phase import solve_phase
from tlzoo.training.state import SupervisedState
from tlzoo.training.trainer import Trainer
from tlzoo.training.variants import serving_image_size, variant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlzoo.data import Dataset, RunData
    from tlzoo.export import PreparedSplit, ServingModel
    from tlzoo.heads import Head
    from tlzoo.tasks import Decision
    from tlzoo.training.contract import Plan, Record, Setup

__all__ = ["SupervisedTrainer"]


_MAPS_AT_ONCE = 8


class SupervisedTrainer(Trainer):
    """Runs phases on labelled samples."""

    takes_callbacks: ClassVar[bool] = True

    def check_data(self, data: RunData, head: Head) -> None:  # noqa: ARG002 - any head will do
        """Raise UsageError for data without labelled samples."""
        if data.labelled is None:
            raise UsageError(
                f"{data.source} has no labelled samples to learn from",
                f"try --head {data.head}" if data.head else "use data with labels",
            )

    def prepare(self, setup: Setup) -> SupervisedState:
        """Add the head to the backbone, and record the weights before the first phase."""
        network = Network(setup.backbone, setup.head, setup.data.task, setup.seed)
        criterion = _criterion(setup)
        return SupervisedState(
            setup=setup,
            network=network,
            criterion=criterion,
            metrics=KerasMetrics.of(setup.metrics, criterion, setup.data.task),
            weights=_weights(setup),
            store=FeatureStore(note=setup.progress.note),
            checkpoints=Checkpoints(setup.checkpoints, network.variables),
            budget=setup.budget or _default_epochs(len(setup.data.train), setup.batch_size),
            callback_states=CallbackStates(setup.callbacks),
        )

    def job(self, state: SupervisedState) -> Job:
        """Return the facts for the strategy."""
        data = state.setup.data
        return Job(
            backbone=state.setup.backbone,
            parts=state.network.parts,
            unit=self.unit,
            budget=state.budget,
            seed=state.setup.seed,
            examples={"train": len(data.train), "validation": len(data.validation), "test": len(data.test)}
            | ({} if state.setup.target is None else {"target": len(state.setup.target.train)}),
            labels_per_class=_labels_per_class(data),
            batch_size=state.setup.batch_size,
            image_size=serving_image_size(state.setup),
            smallest_image_size=None if state.setup.resizing is None else state.setup.resizing.smallest,
        )

    def plan(self, state: SupervisedState, phase: Phase) -> Plan:
        """Choose the cut and the cache; see ``planning``."""
        for name, reason in state.setup.data.task.unused_fields.items():
            refuse_fields(phase, (name,), reason)
        epochs = _epochs(phase, state)
        own = variant(state, phase.image_size, phase.augment)
        plan = plan_phase(own.network, own.setup, phase, epochs)
        refuse_batch_callbacks(state.setup.callbacks, plan, phase)
        check_held_out(state.setup, is_solved=plan.solver == "lbfgs")
        return plan

    def estimate(self, state: SupervisedState, plan: Plan) -> float:
        """Return the estimated seconds of the plan on this machine; see ``costs.duration``."""
        return estimate_seconds(variant(state, plan.image_size, plan.augment), plan)

    def run(self, state: SupervisedState, phase: Phase, position: int, plan: Plan, record: Record) -> PhaseResult:
        """Run one phase; see ``phases`` and ``solving``."""
        run = solve_phase if plan.solver == "lbfgs" else run_phase
        result = run(variant(state, plan.image_size, plan.augment), phase, position, plan, record)
        state.solved, state.decision = head_fit(phase, position, plan, result.metrics), None
        state.held_out = None
        return result

    def probe(self, state: SupervisedState, probe: Probe) -> Answer:
        """Run a short measurement without changing the weights."""
        match probe:
            case RateRange():
                return find_rate_range(state, probe)
            case GradientNorms():
                return measure_gradient_norms(state, probe)
            case Closeness():
                return _closeness(state)
            case Duration():
                return self._duration(state, probe)
        raise UsageError(
            f"supervised training does not support the probe {probe.kind!r}", f"define {type(probe).__name__}.answer()"
        )

    def restore(self, state: SupervisedState, checkpoint: str) -> None:
        """Set the weights to a checkpoint's."""
        _, about = state.checkpoints.load(checkpoint)
        state.solved, state.decision, state.held_out = read_head_fit(about), None, None

    def evaluate(self, state: SupervisedState, split: str) -> Evaluation:
        """Return metrics, labels and predictions of a split with the present weights.

        Cached outputs of frozen parts are reused. Calibration is not compared on the samples that it was fitted to.
        """
        decision, criterion = decision_of(state), state.criterion
        found = held_out(state, split)
        labels, answers = found.labels, criterion.answers(decision.calibrated(found.outputs))
        measured = state.metrics.of_answers(labels, answers)
        compared = decision.is_calibrated and split not in {"train", "validation"}
        before = criterion.metrics(labels, criterion.answers(found.outputs)) if compared else None
        covered = coverage_of(state, split, labels, answers)
        return Evaluation(criterion.metrics(labels, answers, decision), labels, answers, measured, before, covered)

    def decision(self, state: SupervisedState) -> Decision:
        """Return calibration and thresholds, fitted on held-out samples; see ``decisions``."""
        return decision_of(state)

    def unlabelled_answers(self, state: SupervisedState) -> UnlabelledAnswers:
        """Return features and answers of the target; the outputs of frozen parts are cached."""
        setup, cut = state.domain("target"), unchanged_cut(state)
        kept = cut is not None and is_worth_caching(state.network, setup, cut)
        boundary = state.boundary(cut, kept=kept, domain="target")
        with setup.progress.track("predicting the pool", len(setup.data.train), "samples") as advance:
            features, outputs = boundary.pooled(
                setup.data.train, setup.batch_size, advance, with_outputs=state.setup.data.task.output_form == "vector"
            )
        if outputs is None:
            return UnlabelledAnswers(features, None)
        return UnlabelledAnswers(features, state.criterion.answers(decision_of(state).calibrated(outputs)))

    def serving_model(self, state: SupervisedState) -> ServingModel:
        """Return the network from samples to predictions, with preprocessing and class names."""
        from tlzoo.export import ServingModel

        preprocessing, examples = state.setup.backbone.preprocessing, state.setup.data.examples
        decision = decision_of(state)
        return ServingModel(
            preprocessing=preprocessing,
            network=state.network.whole(*decision.layers(), state.criterion.answer_layer()),
            task=state.setup.data.task,
            modality=examples.modality,
            reader=require_modality(examples.modality).raw_reader(preprocessing, examples),
            decision=decision,
        )

    def prepared_samples(self, state: SupervisedState, split: str, limit: int | None = None) -> PreparedSplit:
        """Return the prepared samples with their labels."""
        from tlzoo.export import PreparedSplit

        data, preprocessing = state.setup.data, state.setup.backbone.preprocessing
        indices = {"train": data.train, "validation": data.validation}.get(split, data.test)
        if limit is not None and limit < len(indices):
            drawn = generator(state.setup.seed, "export", split).choice(len(indices), limit, replace=False)
            indices = indices[np.sort(drawn)]
        labels = state.labels(indices)
        return PreparedSplit(
            batches=lambda: prepared(data.examples, preprocessing, indices, state.setup.batch_size),
            labels=labels,
            metrics=lambda answers: state.criterion.metrics(labels, answers, decision_of(state)),
        )

    def inference_memory(self, state: SupervisedState) -> Mapping[str, int] | None:
        """Return the memory of predictions by the network's shapes; None on a GPU."""
        if on_gpu():
            return None
        fixed, each = inference_bytes(state.setup.backbone, "graph", state.setup.memory)
        return {"fixed_bytes": int(fixed), "sample_bytes": int(each)}

    def activation_maps(
        self, state: SupervisedState, pictures: Sequence[np.ndarray], labels: Sequence[str]
    ) -> list[np.ndarray] | None:
        """Return class activation maps; None unless the run classifies images and the backbone has a map."""
        from tlzoo.evaluation import activation_maps, shaded

        setup, task = state.setup, state.setup.data.task
        if not task.class_logits or not require_modality(setup.data.examples.modality).is_pictures:
            return None
        samples = [np.asarray(setup.backbone.preprocessing.prepare(each)) for each in pictures]
        outputs = [task.names.index(label) for label in labels]
        maps = activation_maps(state.network, samples, outputs, forward_batch(setup, "graph", _MAPS_AT_ONCE))
        return None if maps is None else [shaded(*each) for each in zip(samples, maps, strict=True)]

    def _duration(self, state: SupervisedState, probe: Duration) -> Answer:
        phase = Phase(name="?", train=probe.train, solver="lbfgs")  # if only the head trains, as in strategies
        short, long = (
            self.estimate(state, self.plan(state, phase.model_copy(update={"budget": Epochs(epochs)})))
            for epochs in (10, 20)
        )
        each = (long - short) / 10
        return Answer({"once": max(0.0, short - 10 * each), "each": each})


def _criterion(setup: Setup) -> Criterion:
    """Return the criterion of the task. Raises UsageError for unsupported options."""
    named = setup.loss if isinstance(setup.loss, str) else None
    data, options = setup.data, TaskOptions(setup.balance, named, setup.thresholds, setup.calibrate, setup.coverage)
    data.task.check_options(options, data.source)
    check_validation(setup)
    own = data.task.criterion(data.labels[data.train], options, setup.facts)
    return with_keras_loss(own, setup.loss, data.task) if isinstance(setup.loss, KerasConfig) else own


def _weights(setup: Setup) -> np.ndarray:
    """Return the weight of each sample: its own, times that of its class if balanced by weights."""
    data = setup.data
    weights = np.ones(len(data.examples)) if data.weights is None else data.weights.astype(np.float64)
    if setup.balance == "class-weights" and data.task.exclusive:
        weights = weights * class_weights(data.labels[data.train], len(data.task.class_names))[data.labels]
    if not len(data.train):  # only evaluation
        return np.asarray(weights, np.float32)
    mean = float(weights[data.train].mean())
    if not mean:
        raise DataError(f"{data.source}: all training samples have weight 0", "set some weights above 0")
    if data.task.exclusive:
        for name, members in data.task.class_members(data.labels[data.train]):
            if members.any() and not weights[data.train][members].any():
                raise DataError(
                    f"{data.source}: all {int(members.sum())} training samples of class {name!r} have weight 0",
                    "set some of them above 0, or remove the class",
                )
    return np.asarray(weights / mean, np.float32)


def _labels_per_class(data: Dataset) -> int:
    """Return the number of samples of the rarest class in the training split; of all without classes."""
    counts = data.task.class_counts(data.labels[data.train])
    return int(counts.min()) if len(counts) else len(data.train)


def _closeness(state: SupervisedState) -> Answer:
    """Compare the training data with the statistics of the entry's pretraining data."""
    data, theirs = state.setup.data, state.setup.source
    if not theirs:
        return Answer({})
    ours = require_modality(data.examples.modality).statistics(data.examples, data.train)
    far = distance(ours, theirs)
    return Answer({} if far is None else {"distance": far})


def _epochs(phase: Phase, state: SupervisedState) -> int:
    match phase.budget:
        case Epochs(amount=amount):
            return int(amount)
        case Share(amount=amount, of=of):  # outside a run, which divides its budget: see `runs/budget.py`
            return max(1, round(amount * (of or state.budget)))
    steps = math.ceil(state.epoch_samples / (phase.batch_size or state.setup.batch_size))
    if phase.budget.amount < steps:
        raise UsageError(f"phase {phase.name!r}: {phase.budget.amount} steps are less than an epoch of {steps}")
    return math.ceil(phase.budget.amount / steps)


def _default_epochs(examples: int, batch_size: int) -> int:
    """Return the default budget: about 1,500 optimizer steps, between 10 and 100 epochs."""
    return int(np.clip(round(1500 / max(1, math.ceil(examples / batch_size))), 10, 100))
