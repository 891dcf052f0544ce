"""MLflow's own client against a folder and against a server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow_server import Server, serving

from tlzoo.errors import UsageError
from tlzoo.trackers import MLflow, TrackedRun

FIGURES = {"loss": 0.5, "val_accuracy": 0.9, "nothing": float("nan")}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


def run_in(folder: Path) -> TrackedRun:
    return TrackedRun("20260101-glyphnet", folder, {"strategy": "fine-tune", "strategy.rate": 1e-4, "seed": 0})


def follow(tracker: MLflow, folder: Path) -> str:
    """Track a whole run that is interrupted after its first epoch; return its key."""
    key = tracker.start(run_in(folder), None)
    tracker.log_epoch("head", 1, 1, FIGURES)
    tracker.finish("interrupted")
    resumed = type(tracker)(**tracker.model_dump())
    assert resumed.start(run_in(folder), key) == key
    resumed.log_epoch("head", 2, 2, FIGURES)
    resumed.log_result({"test_accuracy": 0.8})
    (folder / "report.html").write_text("<p>a report</p>")
    resumed.log_file(folder / "report.html", "report")
    resumed.finish("finished")
    return key


@pytest.mark.filterwarnings("ignore")
def test_a_folder_has_parameters_figures_and_files_of_one_run(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    key = follow(MLflow(uri=f"file:{tmp_path}/mlruns", experiment="pets"), tmp_path)
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"file:{tmp_path}/mlruns")
    run = client.get_run(key)
    assert client.get_experiment(run.info.experiment_id).name == "pets"
    assert (run.info.run_name, run.info.status) == ("20260101-glyphnet", "FINISHED")
    assert run.data.params == {"strategy": "fine-tune", "strategy.rate": "0.0001", "seed": "0"}
    assert [(each.step, each.value) for each in client.get_metric_history(key, "loss")] == [(1, 0.5), (2, 0.5)]
    assert run.data.metrics.keys() == {"loss", "val_accuracy", "test_accuracy"}
    assert [each.path for each in client.list_artifacts(key)] == ["report.html"]


def test_an_mlflow_server_receives_parameters_metrics_and_status(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    key = follow(MLflow(uri=server.uri), tmp_path)
    run = server.runs[key]
    assert list(server.experiments) == ["tlzoo"]
    assert (run["name"], run["status"], run["tags"]["phase"]) == ("20260101-glyphnet", "FINISHED", "head")
    assert run["params"]["strategy.rate"] == "0.0001"
    assert ("loss", 1, 0.5) in run["metrics"]
    assert ("loss", 2, 0.5) in run["metrics"]
    assert server.files == {f"1/{key}/artifacts/report.html": b"<p>a report</p>"}


def test_the_error_without_an_address_names_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(UsageError, match="MLFLOW_TRACKING_URI is not set; set it to a server, or to file:FOLDER"):
        MLflow().start(run_in(tmp_path), None)
