"""A task of a plugin: ordinal regression with its head, metrics and report section, without a line in the core."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import tlzoo
from tlzoo.cli import main
from tlzoo.runs import Run

SAMPLE = Path(__file__).parents[1] / "samples/acme-grades/acme_grades"
GRADES = ("poor", "fair", "good", "best")


@pytest.fixture
def grades(distributions) -> None:
    folder = distributions.add("acme-grades", (SAMPLE / "plugin.py").read_text())
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "registry.toml"))


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    """Pictures whose brightness is their grade."""
    draw, labels = np.random.default_rng(0), np.arange(80) % 4
    images = draw.integers(0, 40, (80, 16, 16)) + 60 * labels[:, np.newaxis, np.newaxis]
    np.savez(tmp_path / "grades.npz", x=images.astype(np.uint8), y=labels, classes=GRADES)
    return f"arrays:{tmp_path / 'grades.npz'}?task=acme-grades"


@pytest.mark.slow
def test_a_plugins_task_trains_reports_serves_and_evaluates(
    grades, pictures: str, tmp_path: Path, capsys, monkeypatch
) -> None:
    how = {"backbone": "glyphnet", "weights": "random", "strategy": "feature-extraction", "epochs": 4}
    made = tlzoo.train(data=pictures, head="acme-cumulative", **how, export=["saved-model"], out=tmp_path / "runs")
    result = made.result
    assert (result["task"], result["score"]) == ("acme-grades", "quadratic kappa")
    assert result["validation"]["quadratic_kappa"] == pytest.approx(result["phases"][-1]["score"])
    assert list(result["test"]["per_class"]) == list(GRADES)
    page = (made.path / "report.html").read_text()
    assert "Grades in order" in page
    assert "most grades off" in page or not [
        each for each in result["test"]["per_class"].values() if each["recall"] < 1
    ]

    run = Run(made.path)
    assert run.evaluate() == run.test
    assert run.evaluate(pictures, split=None)["examples"] == 80
    from PIL import Image

    Image.new("L", (16, 16), 200).save(tmp_path / "bright.png")
    (answer,) = run.predict([tmp_path / "bright.png"])
    assert answer["label"] in GRADES
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)

    assert main(["runs", "show", str(made.path), "--quiet"]) == 0
    shown = capsys.readouterr().out
    assert "validation quadratic kappa" in shown
    assert "test quadratic kappa" in shown
    monkeypatch.setattr(Run, "evaluate", lambda *_, **__: dict(result["test"]))
    assert main(["evaluate", str(made.path), str(made.path), "--quiet"]) == 0
    table = capsys.readouterr().out
    assert "quadratic kappa" in table
    assert table.count(str(made.path)) == 2


def test_a_balance_that_a_plugins_task_does_not_support_is_refused(
    grades, pictures: str, tmp_path: Path, capsys
) -> None:
    words = ["train", "--data", pictures, "--backbone", "glyphnet", "--weights", "random", "--out", str(tmp_path / "r")]
    assert main([*words, "--balance", "focal"]) == 2
    assert "is acme-grades, which cannot be balanced by 'focal'" in capsys.readouterr().err
    assert main(["data", "inspect", pictures, "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["task"], [each["name"] for each in found["classes"]]) == ("acme-grades", list(GRADES))


def test_an_unknown_task_is_refused_with_the_nearest_name(grades, pictures: str, capsys) -> None:
    assert main(["data", "inspect", pictures.replace("acme-grades", "acme-grade"), "--quiet"]) == 2
    assert "did you mean 'acme-grades'" in capsys.readouterr().err


@pytest.mark.slow
def test_entries_are_ranked_and_rates_are_tuned_for_a_plugins_task(grades, pictures: str, tmp_path: Path) -> None:
    ranking = tlzoo.rank(pictures, backbones=["glyphnet"], scores=["knn", "linear-probe"])
    scores = {each.id: each.scores.keys() for each in ranking.entries}
    assert scores["vision/glyphnet.glyphs"] == {"knn", "linear-probe"}
    how = {"backbone": "glyphnet", "weights": "random", "head": "acme-cumulative", "epochs": 1, "export": []}
    tuning = tlzoo.tune(pictures, strategy="feature-extraction", trials=2, out=tmp_path / "tunings", **how)
    assert tuning.run.result["score"] == "quadratic kappa"
    assert -1 <= tuning.run.test["quadratic_kappa"] <= 1
