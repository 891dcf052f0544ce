"""Runs with Keras objects: what they do, what the recipe keeps, and that a resumed run ends the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import BytesRefusedError, UsageError
from tlzoo.progress import Silent
from tlzoo.runs import Recipe, Run, read_recipe
from tlzoo.runs.opening.components import make_strategy
from tlzoo.runs.opening.keras_objects import settle_optimizer
from tlzoo.training.phases import run as phase_run

FIELDS: dict[str, Any] = {"data": "digits:", "backbone": "glyphnet", "weights": "random", "per_class": 5, "epochs": 3}
FIELDS |= {"strategy": {"name": "feature-extraction", "solver": "gradient"}, "export": []}


class Notes(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, *texts: str) -> None:
        self.notes += texts


def objects() -> dict[str, Any]:
    return {
        "optimizer": keras.optimizers.SGD(0.05, momentum=0.9),
        "loss": keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        "metrics": [keras.metrics.AUC(name="area"), "SparseTopKCategoricalAccuracy"],
        "augment": keras.Sequential([layers.RandomRotation(0.02), layers.RandomZoom(0.1)]),
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tlzoo.train(**FIELDS, **objects(), out=tmp_path_factory.mktemp("whole"))


@pytest.mark.slow
def test_keras_metrics_are_in_history_and_result(whole: Run) -> None:
    names = ["area", "sparse_top_k_categorical_accuracy"]
    for name in (*names, *(f"val_{name}" for name in names)):
        assert len(whole.history[name]) == 3
        assert all(0 < value <= 1 for value in whole.history[name])
    assert list(whole.test["keras_metrics"]) == names
    assert whole.evaluate()["keras_metrics"] == whole.test["keras_metrics"]


def test_the_recipe_keeps_configurations_and_the_rate_goes_to_the_strategy(whole: Run) -> None:
    text = (whole.path / "recipe.toml").read_text()
    assert text.startswith("format = 2\n")
    recipe = whole.recipe
    assert recipe.strategy.options["rate"] == 0.05
    assert "learning_rate" not in recipe.optimizer.config  # type: ignore[union-attr]
    assert recipe.optimizer.config["momentum"] == 0.9  # type: ignore[union-attr]
    assert [each["class_name"] for each in recipe.augment.options["layers"]] == ["RandomRotation", "RandomZoom"]
    assert whole.result["phases"][0]["mode"] == "live"  # nothing random is cached


def test_a_recipe_without_keras_objects_stays_readable_by_older_versions(tmp_path: Path) -> None:
    recipe = read_recipe(None, {"data": "digits:", "backbone": "glyphnet"})
    assert "metrics" not in recipe.to_toml()
    assert not recipe.has_keras_objects


class Interrupts(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


@pytest.mark.slow
def test_an_interrupted_run_ends_like_an_uninterrupted_one(
    whole: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phase_run, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        tlzoo.train(**FIELDS, **objects(), callbacks=[Interrupts()], out=tmp_path)
    (path,) = tmp_path.iterdir()
    assert list(path.glob("checkpoints/*partial*"))
    notes = Notes()
    resumed = tlzoo.resume(path, progress=notes)
    assert any("continues without Interrupts" in each for each in notes.notes)
    assert isinstance(resumed, Run)
    assert resumed.test == whole.test
    assert resumed.history.to_records() == whole.history.to_records()
    one, other = (dict(np.load(each / "checkpoints" / "phase-01.npz")) for each in (path, whole.path))
    assert all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.slow
def test_the_same_recipe_file_trains_the_same_from_the_shell(
    whole: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(whole.path / "recipe.toml"), "--out", str(tmp_path), "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["test"] == whole.test


def test_repeated_views_of_keras_layers_are_cached(tmp_path: Path) -> None:
    augment = {"name": "keras", "layers": [layers.RandomRotation(0.02)], "views": 2}
    plan = tlzoo.explain(**FIELDS | {"augment": augment})
    assert (plan["phases"][0]["mode"], plan["phases"][0]["views"]) == ("cached views", 2)


def settled(optimizer: Any, strategy: dict[str, Any], notes: Notes | None = None) -> Recipe:
    values = {"data": "digits:", "backbone": "glyphnet", "optimizer": optimizer, "strategy": strategy}
    recipe = read_recipe(None, values)
    return settle_optimizer(recipe, make_strategy(recipe.strategy), notes or Notes())[0]


def sgd(**config: float) -> dict[str, Any]:
    return {"class_name": "SGD", "config": config}


def test_the_strategy_sets_learning_rates_missing_in_the_optimizer() -> None:
    notes = Notes()
    recipe = settled(sgd(momentum=0.9), {"name": "fine-tune"}, notes)
    assert "rate" not in recipe.strategy.options
    assert notes.notes == ["SGD uses the learning rates of the strategy: head_rate=0.01, rate=0.0001"]


def test_two_rates_or_a_strategy_with_several_are_refused() -> None:
    assert (
        settled(sgd(learning_rate=0.1), {"name": "fine-tune", "options": {"rate": 0.1}}).strategy.options["rate"] == 0.1
    )
    with pytest.raises(
        UsageError, match=r"SGD has the learning rate 0.1, but the strategy 'fine-tune' has the rate 0.2"
    ):
        settled(sgd(learning_rate=0.1), {"name": "fine-tune", "options": {"rate": 0.2}})
    with pytest.raises(UsageError, match=r"the strategy 'multi-step' has several: rates=\(0.01"):
        settled(sgd(learning_rate=0.1), {"name": "multi-step"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"loss": keras.losses.CTC()}, "the loss CTC does not take targets and outputs"),
        ({"loss": keras.losses.Huber(), "balance": "focal"}, "the balance 'focal' is a loss"),
        ({"metrics": [keras.metrics.AUC(name="loss")]}, "the figure 'loss' exists already"),
        ({"metrics": ["Acuracy"]}, "Keras has no metric 'Acuracy'; did you mean 'Accuracy'"),
        ({"metrics": [keras.losses.Huber()]}, "not a metric of Keras 3"),
    ],
)
def test_objects_that_do_not_fit_are_refused_before_training(given: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        tlzoo.train(**FIELDS | given, out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@keras.saving.register_keras_serializable("kobj")
class Own(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.losses.categorical_crossentropy(y_true, y_pred)


@pytest.mark.slow
def test_a_registered_loss_sees_probabilities_and_needs_its_class_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tlzoo.train(**FIELDS | {"epochs": 1}, loss=Own(), out=tmp_path)
    plain = tlzoo.train(**FIELDS | {"epochs": 1}, loss=keras.losses.CategoricalCrossentropy(), out=tmp_path)
    assert run.history["val_loss"] == pytest.approx(plain.history["val_loss"], rel=1e-5)
    monkeypatch.delitem(keras.saving.get_custom_objects(), "kobj>Own")
    with pytest.raises(BytesRefusedError, match=r"contains kobj>Own, a class of neither Keras nor this process"):
        run.evaluate()
