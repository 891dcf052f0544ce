"""`tlzoo compare`: side by side, and on data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tlzoo.cli.commands import compare
from tlzoo.zoo import comparison


def test_differences_are_marked(tlzoo) -> None:
    done = tlzoo("compare", "resnet50", "resnet50-v2")
    lines = {line[3:].split("  ")[0].strip(): line for line in done.out.splitlines()}
    assert lines["licence"].startswith("≠")
    assert lines["modality"].startswith(" ")
    said = json.loads(tlzoo("compare", "resnet50", "resnet50-v2", "--json").out)
    assert [each["id"] for each in said["entries"]] == ["keras/resnet50.imagenet", "keras/resnet50-v2.imagenet"]
    assert "input.order" in said["differences"]
    assert "modality" not in said["differences"]


def test_a_comparison_needs_two_entries(tlzoo) -> None:
    done = tlzoo("compare", "glyphnet", "vision/glyphnet.glyphs")
    assert (done.code, done.last) == (2, "tlzoo: a comparison needs two entries; use `tlzoo show` for a single entry")


@pytest.mark.slow
def test_on_data_there_are_scores_and_earlier_runs_on_the_same_data_whatever_their_seed(
    tlzoo, shapes: Path, mixed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "runs"
    words = ["--strategy", "feature-extraction", "--backbone", "glyphnet", "--epochs", 1, "--seed", 3, "--out", out]
    for data in (shapes, mixed):
        assert tlzoo("train", "--data", f"images:{data}", *words, "--export", "none").code == 0
    words = ["compare", "glyphnet", "efficientnet-lite0", "mobilenet-v2", "--data", f"images:{shapes}", "--json"]
    said = json.loads(tlzoo(*words, "--out", out).out)
    assert {each["id"] for each in said["entries"][:2]} == {
        "vision/glyphnet.glyphs",
        "vision/efficientnet-lite0.imagenet",
    }
    assert "linear-probe" in said["entries"][0]["scores"]
    assert said["entries"][0]["facts"]["licence"] == "Apache-2.0"
    assert said["entries"][2]["id"] == "keras/mobilenet-v2.imagenet"
    (run,) = said["runs"]
    assert (run["backbone"], run["seed"]) == ("vision/glyphnet.glyphs", 3)


def test_earlier_runs_on_numbers_are_shown_best_score_first(capsys: pytest.CaptureFixture[str]) -> None:
    def finished(name: str, r2: float | None) -> dict[str, Any]:
        test = {"examples": 4, "mae": 2.0, "rmse": 3.0, "r2": r2, "per_target": {}}
        return {"run": name, "backbone": "b", "strategy": "s", "test": test}

    found = [finished("poor", -0.5), finished("constant", None), finished("good", 0.75)]
    found.sort(key=comparison._test_score, reverse=True)
    compare._print_runs([comparison._run(each) for each in found])
    header, *rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert header[-4:] == ["mae", "rmse", "r2", "run"]
    assert [row[-2:] for row in rows] == [["0.75", "good"], ["-0.5", "poor"], ["-", "constant"]]
