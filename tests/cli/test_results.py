"""Results as they are printed: every figure by its metric's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tlzoo.cli import main
from tlzoo.cli.results import print_result

METRICS = {
    "examples": 4, "accuracy": 0.75, "accuracy_interval": [0.3, 0.95], "balanced_accuracy": 0.5, "macro_f1": 0.4,
    "per_class": {"a": {"precision": 1, "recall": 0.5, "f1": 1, "support": 3}}, "confusion": [],
}  # fmt: skip


def result(**changes: Any) -> dict[str, Any]:
    phase = {"name": "head", "epochs": 1, "seconds": 1.0, "mode": "live", "score": 0.5, "stopped": "", "kept": True}
    named = {
        "backbone": "b",
        "data": "d",
        "strategy": "s",
        "head": "h",
        "seed": 0,
        "run": "r",
        "task": "classification",
    }
    return {**named, "examples": {"set_aside": 0}, "phases": [phase], "test": METRICS} | changes


def test_validation_is_called_by_its_metric(capsys: pytest.CaptureFixture[str]) -> None:
    print_result(result(score="balanced accuracy"))
    printed = capsys.readouterr().out
    assert "validation balanced accuracy" in printed
    assert "test accuracy 75.0 % (95 % interval 30.0 % to 95.0 %), balanced accuracy 50.0 %, macro F1" in printed


def test_a_result_of_an_earlier_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    test = {name: value for name, value in METRICS.items() if name != "balanced_accuracy"}
    print_result(result(test=test))
    printed = capsys.readouterr().out
    assert "mode  validation" in printed
    assert "balanced accuracy 50.0 %" in printed  # the mean of the recalls, which such a result has


@pytest.mark.parametrize(
    "changes",
    [
        {"exported": ["model.keras"]},
        {"target": {"test": "x", "examples": 1, "phases": []}},
        {"test": {"loss": 10**400}},
        {"examples": {}},
    ],
    ids=["exports", "no phases", "a number of 400 digits", "no examples"],
)
def test_a_result_of_another_shape_is_refused_in_one_line(tmp_path: Path, capsys, changes: dict[str, Any]) -> None:
    result = {"backbone": "a", "strategy": "b", "head": "c", "data": "d", "seed": 0, "weights": "random"}
    result |= {"seconds": 1.0, "examples": {"train": 1, "set_aside": 0}, "phases": [], "test": {"loss": 0.5}}
    run = tmp_path / "run"
    run.mkdir()
    (run / "recipe.toml").write_text('data = "digits:"\nbackbone = "glyphnet"\n')
    for said, code in ((result, 0), (result | changes, 4)):
        (run / "result.json").write_text(json.dumps(said))
        assert main(["runs", "show", str(run), "--quiet"]) == code
        err = capsys.readouterr().err
        assert ("result.json is damaged" in err) == bool(code)
        assert main(["runs", "--out", str(tmp_path), "--quiet"]) == 0
        capsys.readouterr()


@pytest.mark.parametrize(
    ("task", "test", "shown"),
    [
        ("control", {"mean_return": 195.0, "episodes": 20}, "mean return 195, episodes 20"),
        (
            "regression",
            {"examples": 4, "mae": 2.5, "rmse": 3.0, "r2": None, "per_target": {}},
            "mae 2.5, rmse 3, r2 -",
        ),
        ("classification", METRICS, "s 75.0 % 40.0 % 1.0"),
    ],
    ids=["any trainer's", "numbers", "classes"],
)
def test_runs_are_listed_with_the_figures_of_any_task(
    tmp_path: Path, capsys, task: str, test: dict[str, Any], shown: str
) -> None:
    run = tmp_path / "runs" / "one"
    run.mkdir(parents=True)
    (run / "recipe.toml").write_text('data = "digits:"\nbackbone = "glyphnet"\n')
    (run / "result.json").write_text(json.dumps(result(task=task, test=test, weights="random", seconds=1.0)))
    assert main(["runs", "--out", str(run.parent), "--quiet"]) == 0
    assert shown in " ".join(capsys.readouterr().out.split())


def test_listing_runs_with_damaged_figures_names_the_run(tmp_path: Path, capsys) -> None:
    run = tmp_path / "one"
    run.mkdir()
    (run / "recipe.toml").write_text('data = "digits:"\nbackbone = "glyphnet"\n')
    (run / "result.json").write_text(json.dumps(result(test=METRICS | {"per_class": {}}, weights=None, seconds=1.0)))
    assert main(["runs", "--out", str(tmp_path)]) == 0
    assert f"{run}: its result.json is damaged" in capsys.readouterr().err.replace("\n", " ")
