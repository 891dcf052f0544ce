"""A linear head alone, fitted to its optimum: against scikit-learn's solvers, and in a run as any phase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from tlzoo.heads import MLP, Linear
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, PhaseResult, everything, head
from tlzoo.training import Plan, Setup, SupervisedTrainer
from tlzoo.training.solving.cross_fitting import cross_fitted
from tlzoo.training.solving.cross_validation import folds_of
from tlzoo.training.solving.fit import fit
from tlzoo.training.solving.layers import Scaling, linear_layers
from tlzoo.training.solving.objective import Objective, Samples
from tlzoo.training.state import SupervisedState

PHASE = Phase(name="head", train=head(), budget=Epochs(3), rates=1e-2, solver="lbfgs")


def drawn(count: int = 120, size: int = 6, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    features = draw.normal(size=(count, size)) * 10.0 ** draw.uniform(-2, 2, size) + draw.normal(size=size)
    return features.astype(np.float32), np.arange(count) % classes


def solve(setup: Setup, folder: Path, phase: Phase = PHASE) -> tuple[SupervisedState, Plan, PhaseResult]:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    plan = trainer.plan(state, phase)
    return state, plan, trainer.run(state, phase, 1, plan, MetricsFile(folder / "metrics.jsonl"))


def test_class_predictions_equal_those_of_logistic_regression() -> None:
    features, labels = drawn()
    inputs = ((features - features.mean(axis=0)) / features.std(axis=0)).astype(np.float32)
    entropy = keras.losses.CategoricalCrossentropy(from_logits=True, reduction=None)
    weights = np.where(labels == 0, 3, 1).astype(np.float32)
    targets = np.eye(3, dtype=np.float32)[labels]
    found = fit(Objective(entropy, 6, 3), Samples(inputs, targets, weights), penalty=2.0)
    theirs = LogisticRegression(C=1 / 2.0, tol=1e-8, max_iter=1000).fit(inputs, labels, sample_weight=weights)
    np.testing.assert_allclose(found.kernel, theirs.coef_.T, atol=5e-3)
    np.testing.assert_allclose(found.bias - found.bias.mean(), theirs.intercept_ - theirs.intercept_.mean(), atol=5e-3)


def test_numeric_predictions_equal_those_of_ridge_regression() -> None:
    features, labels = drawn()
    inputs = ((features - features.mean(axis=0)) / features.std(axis=0)).astype(np.float32)
    squares = keras.losses.MeanSquaredError(reduction=None)
    targets = labels[:, np.newaxis].astype(np.float32)
    found = fit(Objective(squares, 6, 1), Samples(inputs, targets, np.ones(120, np.float32)), penalty=4.0)
    theirs = Ridge(alpha=4.0 / 2).fit(inputs, labels)  # half of the penalty: ours is of the mean of squares, halved
    np.testing.assert_allclose(found.kernel[:, 0], theirs.coef_, atol=1e-3)


@pytest.mark.parametrize("standardize", [True, False])
def test_a_head_equals_the_fit_on_scaled_features(*, standardize: bool) -> None:
    from tlzoo.tasks import Classification

    features, labels = drawn()
    model = Linear(standardize=standardize).build(6, Classification(("a", "b", "c")), seed=0)
    layers = linear_layers(model)
    assert not isinstance(layers, str)
    scaling = Scaling.of(features)
    entropy = keras.losses.CategoricalCrossentropy(from_logits=True, reduction=None)
    samples = Samples(scaling(features), np.eye(3, dtype=np.float32)[labels], np.ones(120, np.float32))
    fitted = fit(Objective(entropy, 6, 3), samples, penalty=1.0)
    layers.take(fitted, scaling)
    np.testing.assert_allclose(model(features, training=False), fitted.outputs(scaling(features)), atol=2e-3)


def test_a_solved_phase_changes_only_the_head_and_reports_its_steps(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    state, plan, result = solve(make_setup(), tmp_path)
    assert (plan.mode, plan.solver) == ("cached features", "lbfgs")
    assert state.checkpoints.changed() == set(state.network.parts.head)
    assert result.stopped == "optimum"
    assert result.units == len(MetricsFile(tmp_path / "metrics.jsonl").lines) <= plan.units
    assert result.audited == {"trained": 2, "statistics": 2, "frozen": 18}
    assert result.metrics["penalty"] > 0


def test_it_has_a_lower_loss_than_a_descent(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    _, _, solved = solve(make_setup(checkpoints=tmp_path / "a"), tmp_path)
    gradient = PHASE.model_copy(update={"solver": "gradient"})
    _, plan, descended = solve(make_setup(checkpoints=tmp_path / "b"), tmp_path, gradient)
    assert plan.solver == "gradient"
    assert solved.metrics["val_loss"] < descended.metrics["val_loss"]


def test_solved_twice_it_is_the_same_and_starts_matter_not(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    setup = make_setup()
    state, plan, first = solve(setup, tmp_path)
    once = state.network.head.get_weights()
    again = PHASE.model_copy(update={"start": first.checkpoint})
    second = SupervisedTrainer().run(state, again, 1, plan, MetricsFile(tmp_path / "metrics.jsonl"))
    for ours, theirs in zip(once, state.network.head.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert second.metrics == first.metrics


def test_a_solved_head_is_as_good_where_all_trains_next(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    setup = make_setup()
    state, _, first = solve(setup, tmp_path)
    phase = Phase(name="all", train=everything(), budget=Epochs(1), rates=1e-6, start=first.checkpoint)
    trainer = SupervisedTrainer()
    second = trainer.run(state, phase, 2, trainer.plan(state, phase), MetricsFile(tmp_path / "metrics.jsonl"))
    assert second.metrics["val_loss"] == pytest.approx(first.metrics["val_loss"], abs=0.1)


@pytest.mark.parametrize("balance", ["class-weights", "focal", "logit-adjust"])
def test_balanced_losses_are_solved_as_well(make_setup: Callable[..., Setup], tmp_path: Path, balance: str) -> None:
    _, plan, result = solve(make_setup(balance=balance), tmp_path)
    assert plan.solver == "lbfgs"
    assert result.score > 0.5


@pytest.mark.parametrize(
    ("changes", "asked", "reason"),
    [
        ({"head": MLP(units=(4,), dropout=0.0)}, {}, "the head has more than one dense layer"),
        ({"head": Linear(dropout=0.5)}, {}, "the head has dropout"),
        ({"optimizer": "sgd"}, {}, "the optimizer sgd is asked for"),
        ({"balance": "oversample"}, {}, "oversample draws different samples in every epoch"),
        ({}, {"patience": 2}, "the phase asks for patience"),
        ({}, {"train": everything()}, "more than the head trains"),
    ],
)
def test_an_unsolvable_phase_uses_gradient_descent_with_the_reason(
    make_setup: Callable[..., Setup], changes: dict[str, object], asked: dict[str, object], reason: str
) -> None:
    trainer = SupervisedTrainer()
    plan = trainer.plan(trainer.prepare(make_setup(**changes)), PHASE.model_copy(update=asked))
    assert plan.solver == "gradient"
    assert plan.units == 3
    assert plan.reason.endswith(f"; trained by gradients: {reason}")


def test_constant_features_do_no_harm(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    setup = make_setup()
    last = setup.backbone.model.get_layer("conv3")
    last.kernel.assign(last.kernel * 0)
    setup.backbone.model.get_layer("conv2").kernel.assign(setup.backbone.model.get_layer("conv2").kernel * 0)
    _, _, result = solve(replace(setup, head=Linear(standardize=False)), tmp_path)
    assert np.isfinite(result.metrics["val_loss"])


def test_out_of_fold_outputs_are_those_of_heads_fitted_without_the_fold(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    state, _, result = solve(make_setup(), tmp_path)
    boundary = state.boundary(len(state.setup.backbone.stages) - 1, kept=True)
    found = cross_fitted(state, boundary)
    assert found is not None
    indices, outputs = found
    assert sorted(indices) == sorted(state.setup.data.train)
    taken, folds = folds_of(state.setup.data, state.setup.seed, 1, 20) or ((), ())
    every = np.concatenate([np.asarray(each[0]) for each in boundary.feed.batches(state.setup.data.train, 1024)])
    inputs, (targets, weights) = Scaling.of(every)(every), state.truth(state.setup.data.train)
    train = taken[folds != 2]
    objective = Objective(state.criterion.loss(0.0), inputs.shape[1], targets.shape[1])
    fitted = fit(objective, Samples(inputs[train], targets[train], weights[train]), result.metrics["penalty"])
    np.testing.assert_allclose(outputs[folds == 2], fitted.outputs(inputs[taken[folds == 2]]), rtol=1e-5)
    state.solved = None
    assert cross_fitted(state, boundary) is None
