"""Runs that are tracked: what trackers hear, resumed runs, trackers that fail, and the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import keras
import pytest
import tensorflow as tf
from mlflow_server import serving

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import UsageError
from tlzoo.progress import Silent
from tlzoo.runs import Run, make_trackers
from tlzoo.trackers import TensorBoard, TrackedRun, Tracker

FIELDS: dict[str, Any] = {"data": "digits:", "backbone": "glyphnet", "weights": "random", "per_class": 5, "epochs": 3}
FIELDS |= {"strategy": {"name": "feature-extraction", "solver": "gradient"}, "export": []}


class Notes(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, *texts: str) -> None:
        self.notes += texts


class Told(Tracker):
    """Remember what was said."""

    name: ClassVar[str] = "told"
    heard: ClassVar[list[Any]] = []
    fails: str = ""

    def start(self, run, key):
        self._hear("start", key, run.parameters["strategy.rate"])
        return "key 1"

    def log_epoch(self, phase, epoch, step, figures):
        self._hear("log_epoch", phase, epoch, step, sorted(figures))

    def log_result(self, figures):
        self._hear("log_result", sorted(figures)[:1])

    def log_file(self, path, kind):
        self._hear("log_file", path.name)

    def finish(self, status):
        self._hear("finish", status)

    def _hear(self, method, *arguments):
        if method == self.fails:
            raise ConnectionError("the network is down")
        self.heard.append((method, *arguments))


@pytest.fixture(autouse=True)
def nothing_heard() -> None:
    Told.heard.clear()


NAMES = ["accuracy", "loss", "val_accuracy", "val_loss"]


class Interrupts(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


def test_a_resumed_run_continues_the_same_tracked_run(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        tlzoo.train(**FIELDS, tracker=Told(), callbacks=[Interrupts()], out=tmp_path)
    assert Told.heard == [
        ("start", None, 0.01),
        ("log_epoch", "head", 1, 1, NAMES),
        ("log_epoch", "head", 2, 2, NAMES),
        ("finish", "interrupted"),
    ]
    Told.heard.clear()
    (path,) = tmp_path.iterdir()
    tlzoo.resume(path, tracker=Told())
    assert Told.heard == [
        ("start", "key 1", 0.01),
        ("log_epoch", "head", 3, 3, NAMES),
        ("log_result", ["test_accuracy"]),
        ("log_file", "recipe.toml"),
        ("finish", "finished"),
    ]


@pytest.mark.parametrize("fails", ["start", "log_epoch", "log_file", "finish"])
def test_a_tracker_that_fails_is_noted_once_and_stops_nothing(fails: str, tmp_path: Path) -> None:
    notes = Notes()
    run = tlzoo.train(**FIELDS | {"epochs": 2}, tracker=[Told(fails=fails)], out=tmp_path, progress=notes)
    assert run.result["test"]
    said = [each for each in notes.notes if "tracker" in each]
    assert said == ["the tracker told failed; the run continues without it: ConnectionError: the network is down"]


def scalars(folder: Path) -> dict[str, list[int]]:
    """Return the steps of every scalar in the events of a folder, in the order of the files."""
    found: dict[str, list[int]] = {}
    for file in sorted(folder.glob("events.*")):
        for record in tf.data.TFRecordDataset(str(file)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "scalars" or value.tag in found:
                    found.setdefault(value.tag, []).append(event.step)
    return found


class Looks(keras.callbacks.Callback):
    """Reads the events while the run trains."""

    def __init__(self, out: Path) -> None:
        super().__init__()
        self.out, self.steps = out, []

    def on_epoch_end(self, epoch, logs=None):
        (folder,) = self.out.glob("*/tensorboard")
        self.steps.append(len(scalars(folder)["loss"]))


def test_tensorboard_is_written_while_the_run_trains(tmp_path: Path) -> None:
    looks = Looks(tmp_path)
    run = tlzoo.train(**FIELDS, tracker="tensorboard", callbacks=[looks], out=tmp_path)
    assert looks.steps == [1, 2, 3]
    found = scalars(run.path / "tensorboard")
    assert found["val_loss"] == [1, 2, 3]
    assert found["test_accuracy"] == [3]
    assert run.evaluate()["accuracy"] == run.test["accuracy"]  # the folder is whole
    text = b"".join(each.read_bytes() for each in (run.path / "tensorboard").iterdir())
    assert b"| strategy.rate | 0.01 |" in text
    assert b"recipe.toml" in text


def test_an_interrupted_run_joins_its_events(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        tlzoo.train(**FIELDS, tracker="tensorboard", callbacks=[Interrupts()], out=tmp_path)
    (path,) = tmp_path.iterdir()
    run = tlzoo.resume(path)  # the journal names the tracker
    assert isinstance(run, Run)
    assert scalars(run.path / "tensorboard")["loss"] == [1, 2, 3]


def test_mlflow_by_name_from_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", "digits:", "--backbone", "glyphnet", "--weights", "random", "--per-class", "5"]
    words += ["--epochs", "2", "--export", "none", "--out", str(tmp_path)]
    words += ["--strategy", "feature-extraction", "-S", "solver=gradient"]
    with serving() as server:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
        assert main(["train", *words, "--tracker", "mlflow", "--json", "--quiet"]) == 0
        (run,) = server.runs.values()
    result = json.loads(capsys.readouterr().out)
    assert run["status"] == "FINISHED"
    assert ("test_accuracy", 0, result["test"]["accuracy"]) in run["metrics"]
    assert run["params"]["strategy"] == "feature-extraction"
    assert [each.rpartition("/")[2] for each in server.files] == ["recipe.toml"]


def test_a_server_that_breaks_stops_nothing(tmp_path: Path) -> None:
    notes = Notes()
    with serving() as server:
        server.broken = True
        tracker = {"name": "mlflow", "uri": server.uri}
        tlzoo.train(**FIELDS | {"epochs": 1}, tracker=tracker, out=tmp_path, progress=notes)
    assert sum("the tracker mlflow failed" in each for each in notes.notes) == 1


def test_trackers_are_listed_with_their_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert [each.name for each in tlzoo.list_trackers()] == ["mlflow", "tensorboard"]
    assert main(["trackers", "mlflow", "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in shown["options"]] == ["uri", "experiment"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("mlfow", "no tracker 'mlfow'; did you mean 'mlflow'"),
        ({"name": "mlflow", "url": "x"}, "tracker 'mlflow' has no option 'url'; did you mean 'uri'"),
        (3, "3 is not a tracker; give a name"),
        (["mlflow", "mlflow"], "the tracker 'mlflow' is given twice"),
    ],
)
def test_an_unknown_tracker_is_refused(given: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_trackers(given)


def test_none_disables_tracking_and_the_default_keeps_the_tracker() -> None:
    assert make_trackers("none") == ()
    assert make_trackers(None) is None


def test_a_custom_folder_has_a_folder_for_each_run(tmp_path: Path) -> None:
    tracker = TensorBoard(folder=str(tmp_path))
    tracker.start(TrackedRun("one", tmp_path / "runs" / "one", {}), None)
    tracker.log_epoch("head", 1, 1, {"loss": 1.0})
    tracker.finish("finished")
    assert scalars(tmp_path / "one")["loss"] == [1]
