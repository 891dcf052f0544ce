"""Run of a phase by the solver: a linear head is fitted to all training features at once."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import TrainingError
from tlzoo.process.threads import limited_threads
from tlzoo.strategies import PhaseResult
from tlzoo.training.checkpoints import digests
from tlzoo.training.phases.audit import audit
from tlzoo.training.phases.intents import set_intents
from tlzoo.training.phases.run import boundary_of
from tlzoo.training.solving.cross_fitting import SOLVED, head_fit
from tlzoo.training.solving.cross_validation import folds_of
from tlzoo.training.solving.fit import Fitted, fit
from tlzoo.training.solving.layers import LinearLayers, Scaling, linear_layers
from tlzoo.training.solving.objective import Objective, Samples
from tlzoo.training.solving.penalty import Chosen, choose_penalty

__all__ = ["solve_phase"]

if TYPE_CHECKING:
    from tlzoo.strategies import Phase
    from tlzoo.tasks import Labels
    from tlzoo.training.contract import Plan, Record
    from tlzoo.training.frozen.boundary import Boundary
    from tlzoo.training.state import SupervisedState

_BATCH = 1024
_WITHOUT_FOLDS = 1.0


def solve_phase(state: SupervisedState, phase: Phase, position: int, plan: Plan, record: Record) -> PhaseResult:
    """Fit the head to its optimum on cached features, and return the result of the phase.

    The optimum does not depend on the previous head. The focal loss has several optima: there the fit starts at zero.
    Only the folds of the cross-validation are random, and there are no checkpoints: an interrupted phase
    restarts with the same result. Raises TrainingError if features are not finite, or a frozen variable moved.
    """
    name, began = f"phase-{position:02d}", time.perf_counter()
    layers = linear_layers(state.network.head)
    if isinstance(layers, str):
        raise TrainingError(f"phase {phase.name!r} cannot be solved: {layers}")
    intents = set_intents(state.network, phase)
    state.checkpoints.load(phase.start or "initial")
    before = digests(state.network.variables)
    boundary = boundary_of(state, plan)
    callbacks = state.callbacks(phase)
    callbacks.begin(1, 1)
    callbacks.begin_epoch(0)
    solving = _Solving(state, phase, position, record, boundary)
    figures = solving.run(layers)
    callbacks.end_epoch(figures)
    callbacks.end(figures)
    audited = audit(phase.name, intents, before, digests(state.network.variables), must_move=False)
    state.checkpoints.save(name, about={SOLVED: head_fit(phase, position, plan, figures)})
    score, noise = solving.score()
    return PhaseResult(
        phase=phase.name,
        score=score,
        noise=noise,
        metrics=figures,
        checkpoint=name,
        stopped="optimum",
        units=solving.steps,
        seconds=time.perf_counter() - began,
        audited=asdict(audited),
    )


class _Solving:
    """A running phase: features and labels of the training split, and the progress after each step."""

    def __init__(self, state: SupervisedState, phase: Phase, position: int, record: Record, boundary: Boundary) -> None:
        data = state.setup.data
        self.state, self.phase, self.position, self.record, self.boundary = state, phase, position, record, boundary
        self.steps = 0
        self.labels: Labels = data.labels[data.train]
        self.held_out: Labels = data.labels[data.validation]
        features = self._features(data.train)
        if not np.isfinite(features).all():
            raise TrainingError(f"phase {phase.name!r}: some features are not finite", "see `tlzoo data inspect`")
        self.scaling = Scaling.of(features)
        self.inputs = self.scaling(features)
        self.judged = self.scaling(self._features(data.validation)) if len(data.validation) else None
        self.targets, self.weights = state.truth(data.train)

    def run(self, layers: LinearLayers) -> dict[str, float]:
        """Choose a penalty, fit, and insert the layer into the head; return the figures of the last step."""
        loss = self.state.criterion.loss(self.phase.label_smoothing)
        objective = Objective(loss, self.inputs.shape[1], self.targets.shape[1])
        samples = Samples(self.inputs, self.targets, self.weights)
        with limited_threads(self.inputs):
            chosen = self._penalty(objective)
            fitted = fit(objective, samples, chosen.penalty, told=self._tell)
        if not (np.isfinite(fitted.kernel).all() and np.isfinite(fitted.bias).all()):
            raise TrainingError(f"phase {self.phase.name!r}: the optimum is not finite", "use `-S solver=gradient`")
        layers.take(fitted, self.scaling)
        return self._figures(fitted) | {"penalty": chosen.penalty}

    def score(self) -> tuple[float, float]:
        """Return the score of the present head on the validation split, and its standard error."""
        data, criterion = self.state.setup.data, self.state.criterion
        if not len(data.validation):
            return np.nan, np.nan
        outputs = self.boundary.logits(data.validation, self.state.setup.batch_size)
        return criterion.score(self.held_out, outputs)

    def _penalty(self, objective: Objective) -> Chosen:
        found = folds_of(self.state.setup.data, self.state.setup.seed, self.position)
        if found is None:
            return Chosen(_WITHOUT_FOLDS, {})
        taken, folds = found
        labels = self.labels[taken]
        return choose_penalty(
            objective,
            self.inputs[taken],
            self.targets[taken],
            self.weights[taken],
            folds,
            lambda held, outputs: self.state.criterion.figures(labels[held], outputs)["loss"],
        )

    def _tell(self, fitted: Fitted) -> None:
        self.steps += 1
        self.record.append(phase=self.phase.name, epoch=self.steps, **self._figures(fitted))

    def _figures(self, fitted: Fitted) -> dict[str, float]:
        criterion = self.state.criterion
        outputs = fitted.outputs(self.inputs)
        quality = float(criterion.quality(self.targets, outputs).mean())
        figures = {"loss": criterion.figures(self.labels, outputs)["loss"], criterion.figure: quality}
        figures |= self.state.metrics.of_outputs(self.labels, outputs)
        if self.judged is not None:
            judged = criterion.figures(self.held_out, fitted.outputs(self.judged))
            judged |= self.state.metrics.of_outputs(self.held_out, fitted.outputs(self.judged))
            figures |= {f"val_{name}": value for name, value in judged.items()}
        return figures

    def _features(self, indices: np.ndarray) -> np.ndarray:
        return np.concatenate(
            [np.asarray(tensors[0], np.float32) for tensors in self.boundary.feed.batches(indices, _BATCH)]
        )
