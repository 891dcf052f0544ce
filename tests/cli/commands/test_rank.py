"""`tlzoo rank` as people and scripts call it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from documented_keys import check_keys


@pytest.mark.slow
def test_a_ranking_as_table_json_and_csv(tlzoo, tmp_path: Path) -> None:
    words = ["rank", "--data", "digits:", "--backbone", "glyphnet", "efficientnet-lite0", "resnet50", "--sample", 60]
    words += ["--no-baselines"]
    done = tlzoo(*words, "--score", "knn", "linear-probe", "--csv", tmp_path / "a.csv")
    assert done.code == 0, done.err
    assert "60 of 1528 labelled samples, 10 classes, sorted by linear-probe" in done.out
    assert "tlzoo fetch keras/resnet50.imagenet" in done.out
    assert "images of 8x8 pixels are enlarged 28 times, to 224x224" in done.out
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    said = json.loads(tlzoo(*words, "--score", "knn", "linear-probe", "--by", "knn", "--json", "--quiet").out)
    check_keys("rank", said)
    assert said["by"] == "knn"
    assert {each["id"] for each in said["entries"]} == {each["id"] for each in rows}
    assert list(said["entries"][0])[:3] == ["id", "scores", "intervals"]
    assert [each["place"] for each in rows] == ["1", "2"]


def test_invalid_requests_are_refused_in_one_line(tlzoo, tmp_path: Path) -> None:
    done = tlzoo("rank", "--data", "digits:", "--budget", "soon")
    assert (done.code, done.last) == (
        2,
        "tlzoo: --budget: 'soon' is not a duration; use a number and a unit (s, m, h, d, w), such as 90s or 1.5h",
    )
    assert tlzoo("rank", "--data", "digits:", "--csv", tmp_path).code == 2
