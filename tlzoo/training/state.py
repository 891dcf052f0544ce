"""State of a supervised run: network, data, store and checkpoints."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tlzoo.data.balance import balanced_count, balanced_order
from tlzoo.training.callback_state import CallbackStates
from tlzoo.training.callbacks import PhaseCallbacks, directions
from tlzoo.training.checkpoints import Checkpoints, digests
from tlzoo.training.frozen.boundary import Boundary, open_boundary
from tlzoo.training.frozen.store import FeatureStore
from tlzoo.training.network import Network
from tlzoo.training.seeds import generator

if TYPE_CHECKING:
    from collections.abc import Mapping

    import keras
    import tensorflow as tf

    from tlzoo.strategies import Phase
    from tlzoo.tasks import Criterion, Decision, Labels
    from tlzoo.training.contract import Setup
    from tlzoo.training.held_out import HeldOut
    from tlzoo.training.keras_metrics import KerasMetrics

__all__ = ["Domain", "Pace", "SupervisedState"]

Domain = Literal["source", "target", "target test"]
"""The labelled data; the unlabelled inputs of another domain; the labelled ones of it, only for tests."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Measured seconds per sample: to read and prepare it, for the frozen backbone, and to augment it."""

    prepare: float
    forward: float
    augment: float = 0.0


@dataclass(slots=True)
class SupervisedState:
    """The state of a run: network, data, store, checkpoints, and compiled steps.

    ``weights``, float32 (N,), are the sample weights in the loss: 1 on average over the training
    split. ``variant`` is the last one requested by a phase, with its key; see ``variants``. ``solved`` describes the
    solver's fit of the present head (``solving.cross_fitting``), None for another head. ``decision`` and
    ``held_out`` are those of the present weights, once they are computed: the validation split with its outputs.
    """

    setup: Setup
    network: Network
    criterion: Criterion
    metrics: KerasMetrics
    weights: np.ndarray
    store: FeatureStore
    checkpoints: Checkpoints
    budget: int
    callback_states: CallbackStates
    boundaries: dict[tuple[Any, ...], tuple[dict[str, str], Boundary]] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)
    variant: tuple[str, SupervisedState] | None = None
    whole: keras.Model | None = None
    solved: Mapping[str, Any] | None = None
    decision: Decision | None = None
    held_out: HeldOut | None = None

    def labels(self, indices: np.ndarray) -> Labels:
        """Return the labels of these samples in the form for the criterion."""
        data = self.setup.data
        return data.task.placed_labels(data.labels[indices], self.setup.backbone.preprocessing)

    def truth(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return targets (batch, …) and weights (batch,), float32, of these samples."""
        return self.criterion.targets(self.labels(indices)), self.weights[indices]

    @property
    def truth_signature(self) -> tuple[tf.TensorSpec, tf.TensorSpec]:
        """The signature of targets and weights of a batch."""
        import tensorflow as tf

        task = self.setup.data.task
        shape: tuple[int | None, ...] = (None, None, None)
        if task.output_form in {"vector", "sequence"}:
            shape = (None, task.outputs if task.output_form == "vector" else None)
        return tf.TensorSpec(shape, tf.float32), tf.TensorSpec((None,), tf.float32)

    def order(self, *parts: int | str) -> np.ndarray:
        """Return the training samples of an epoch in a random order seeded by the parts, balanced by the setup."""
        data = self.setup.data
        random = generator(self.setup.seed, *parts)
        return balanced_order(data.train, data.labels[data.train], self.setup.balance, random)

    def target_order(self, count: int, *parts: int | str) -> np.ndarray:
        """Return ``count`` target samples in a random order seeded by the parts, all before any is repeated."""
        assert self.setup.target is not None, "planning refuses phases that need a target without one"
        members = self.setup.target.train
        rounds = math.ceil(count / len(members))
        return np.concatenate(
            [generator(self.setup.seed, *parts, each).permutation(members) for each in range(rounds)]
        )[:count]

    @property
    def epoch_samples(self) -> int:
        """Number of samples of an epoch, different from the training split if classes are resampled."""
        data = self.setup.data
        return balanced_count(data.labels[data.train], self.setup.balance)

    def callbacks(self, phase: Phase) -> PhaseCallbacks:
        """Return the setup's callbacks for a phase; their network is made once."""
        names = ("accuracy", "balanced_accuracy", "loss", "mae", "mean_average_precision", "r2", self.criterion.figure)
        upward = directions(names, self.metrics.metrics) if self.setup.callbacks else {}
        return PhaseCallbacks(self.setup.callbacks, self._whole, phase.name, upward, self.callback_states)

    def _whole(self) -> keras.Model:
        if self.whole is None:
            self.whole = self.network.whole(self.criterion.answer_layer())
        return self.whole

    def domain(self, domain: Domain) -> Setup:
        """Return the setup with the inputs of a domain."""
        data = {"source": self.setup.data, "target": self.setup.target, "target test": self.setup.target_test}[domain]
        assert data is not None, "planning refuses phases that need a target without one"
        return replace(self.setup, data=data, target=None, target_test=None)

    def boundary(
        self,
        cut: int | None,
        *,
        kept: bool,
        engine: str | None = None,
        domain: Domain = "source",
        observed: tuple[str, ...] = (),
        inputs: bool = False,
    ) -> Boundary:
        """Return the boundary above the stage at this position, opened once, and again after changes of weights below.

        Its feed has the inputs of ``domain``, with ``inputs`` always as samples. Features of ``observed`` stages are
        returned in addition to the head's inputs.
        """
        key = (cut, kept and cut is not None, domain, observed, inputs)
        stages = () if cut is None else self.setup.backbone.stages[: cut + 1]
        below = digests({path: self.network.variables[path] for stage in stages for path in stage.variables})
        if key not in self.boundaries or self.boundaries[key][0] != below:
            opened = open_boundary(
                self.network,
                self.domain(domain),
                self.store,
                cut,
                kept=kept,
                engine=engine,
                observed=observed,
                inputs=inputs,
            )
            self.boundaries[key] = (below, opened)
        return self.boundaries[key][1]
