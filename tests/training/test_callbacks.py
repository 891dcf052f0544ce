"""Keras callbacks see every epoch of every phase, end phases, and are refused where they cannot work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import pytest
from keras import callbacks

import tlzoo
from tlzoo.errors import RunError, UsageError
from tlzoo.runs.files.journal import Journal
from tlzoo.training import BatchCallbackError, check_callbacks, wants_batches

FIELDS: dict[str, Any] = {"data": "digits:", "backbone": "glyphnet", "weights": "random", "per_class": 5, "epochs": 6}
FIELDS |= {"export": []}
BY_GRADIENTS = {"strategy": {"name": "feature-extraction", "solver": "gradient"}}


class Seen(callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.logs: list[dict[str, float]] = []

    def on_train_begin(self, logs=None):
        assert isinstance(self.model, keras.Model)
        self.calls.append(f"{self.params['phase']} of {self.params['epochs']}")

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(f"begin {epoch}")

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(f"end {epoch}")
        self.logs.append(dict(logs or {}))

    def on_train_end(self, logs=None):
        self.calls.append("over")


class Batches(Seen):
    def __init__(self) -> None:
        super().__init__()
        self.batches: list[str] = []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(f"train {batch}")
        assert (logs or {})["loss"] > 0

    def on_test_batch_end(self, batch, logs=None):
        self.batches.append(f"test {batch}")


@pytest.mark.slow
def test_every_epoch_of_cached_and_live_phases_is_seen_with_its_logs(tmp_path: Path) -> None:
    seen = Seen()
    by_gradients = {"name": "multi-step", "solver": "gradient"}
    run = tlzoo.train(**FIELDS | {"strategy": by_gradients, "epochs": 3}, callbacks=[seen], out=tmp_path)
    assert {each["mode"] for each in run.result["phases"]} == {"cached features", "cached prefix", "live"}
    expected = []
    for phase in run.result["phases"]:
        epochs = range(phase["epochs"])
        expected += [f"{phase['name']} of {len(epochs)}"]
        expected += [f"{when} {epoch}" for epoch in epochs for when in ("begin", "end")] + ["over"]
    assert seen.calls == expected
    recorded = [{key: line[key] for key in seen.logs[0]} for line in run.history.to_records()]
    assert seen.logs == recorded


def test_a_solved_phase_is_one_epoch(tmp_path: Path) -> None:
    seen = Seen()
    run = tlzoo.train(**FIELDS | {"strategy": "feature-extraction"}, callbacks=[seen], out=tmp_path)
    assert run.result["phases"][0]["solver"] == "lbfgs"
    assert seen.calls == ["head of 1", "begin 0", "end 0", "over"]
    assert seen.logs[0]["val_accuracy"] == run.history["val_accuracy"][-1]


class Stops(Seen):
    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        self.model.stop_training = epoch == 1


def test_stop_training_ends_the_phase(tmp_path: Path) -> None:
    run = tlzoo.train(**FIELDS | BY_GRADIENTS, callbacks=[Stops()], out=tmp_path)
    (phase,) = run.result["phases"]
    assert (phase["epochs"], phase["stopped"]) == (2, "callback")


def test_early_stopping_restores_the_best_weights_of_the_phase(tmp_path: Path) -> None:
    stopping = callbacks.EarlyStopping("val_accuracy", patience=1, restore_best_weights=True)
    run = tlzoo.train(**FIELDS | BY_GRADIENTS | {"per_class": 10}, callbacks=[stopping], out=tmp_path)
    assert run.result["phases"][0]["score"] == max(run.history["val_accuracy"])
    assert run.result["validation"]["accuracy"] == max(run.history["val_accuracy"])


def test_checkpoints_and_csv_files_of_keras_are_written(tmp_path: Path) -> None:
    checkpoint = callbacks.ModelCheckpoint(str(tmp_path / "best.keras"), save_best_only=True)
    log = callbacks.CSVLogger(str(tmp_path / "log.csv"), append=True)
    losses = []
    simple = callbacks.LambdaCallback(on_epoch_end=lambda _, logs: losses.append(logs["loss"]))
    run = tlzoo.train(**FIELDS | BY_GRADIENTS, callbacks=[checkpoint, log, simple], out=tmp_path / "runs")
    assert keras.models.load_model(tmp_path / "best.keras").output_shape == (None, 10)
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 7
    assert losses == run.history["loss"]


def test_batches_are_seen_in_live_phases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", "0")
    seen = Batches()
    run = tlzoo.train(**FIELDS | BY_GRADIENTS | {"epochs": 1}, callbacks=[seen], out=tmp_path)
    assert run.result["phases"][0]["mode"] == "live"
    assert seen.batches == ["train 0", "train 1", "train 2", "train 3", "train 4", "test 0"]


@pytest.mark.parametrize(
    ("strategy", "said"),
    [("feature-extraction", "is solved without batches"), ("multi-step", "phase 'head' is|trains on cached")],
)
def test_a_callback_for_batches_is_refused_before_a_run_with_cached_phases(
    strategy: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BatchCallbackError, match=f"callback Batches has methods for batches, but .*{said}"):
        tlzoo.train(**FIELDS | {"strategy": strategy}, callbacks=[Batches()], out=tmp_path / "runs")
    assert not list((tmp_path / "runs").glob("*"))


class Raises(callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2:
            raise KeyError("speed")


def test_a_callback_that_raises_leaves_the_run_resumable(tmp_path: Path) -> None:
    said = r"the callback Raises raised KeyError in on_epoch_end, phase 'head', epoch 3: 'speed'"
    with pytest.raises(RunError, match=said):
        tlzoo.train(**FIELDS | BY_GRADIENTS, callbacks=[Raises()], out=tmp_path)
    (path,) = tmp_path.iterdir()
    assert Journal(path / "journal.jsonl").find("failed") is None
    assert Journal(path / "journal.jsonl").find("callbacks")["classes"] == ["Raises"]  # type: ignore[index]
    run = tlzoo.resume(path, callbacks=[Seen()])
    whole = tlzoo.train(**FIELDS | BY_GRADIENTS, out=tmp_path / "whole")
    assert isinstance(run, tlzoo.Run)
    assert run.test == whole.test


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([3], r"callbacks\[0\] is 3, not a Keras callback"),
        ([callbacks.EarlyStopping], r"pass EarlyStopping\(\)"),
        ([callbacks.ReduceLROnPlateau()], "sets the learning rate, which phases set at every step"),
        ([callbacks.LearningRateScheduler(lambda _: 1.0)], "schedule, warmup or patience"),
        ([callbacks.BackupAndRestore("x")], "use `tlzoo resume`"),
        ([callbacks.SwapEMAWeights()], r"Phase\(ema=0.99\)"),
    ],
)
def test_invalid_and_replaceable_callbacks_are_refused(given: list[Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_callbacks(given)


def test_one_callback_and_a_callback_list_are_taken() -> None:
    one = callbacks.History()
    assert check_callbacks(one) == (one,)
    assert check_callbacks(callbacks.CallbackList([one])) == (one,)
    assert check_callbacks(None) == check_callbacks([]) == ()


def test_callbacks_that_wait_for_batches_are_known() -> None:
    assert wants_batches(callbacks.TerminateOnNaN())
    assert wants_batches(callbacks.ModelCheckpoint("a.keras", save_freq=3))
    assert wants_batches(callbacks.LambdaCallback(on_train_batch_end=print))
    assert not wants_batches(callbacks.ModelCheckpoint("a.keras"))
    assert not wants_batches(callbacks.LambdaCallback(on_epoch_end=print))


def test_a_trainer_that_calls_no_callbacks_refuses_them(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"trained by .*, which has no Keras callbacks"):
        tlzoo.train(data="gym:CartPole-v1", backbone="rl/mlp.blank", callbacks=[Seen()], out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
