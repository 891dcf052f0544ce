"""``tlzoo runs compare``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from documented_keys import check_keys
from made_runs import made_run

from tlzoo.tasks import Classification

LABELS = np.arange(40) % 2


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    paths = []
    for name, wrong in (("one", 12), ("other", 3)):
        predicted = np.where(np.arange(40) < wrong, 1 - LABELS, LABELS)
        answers = np.where(np.arange(2) == predicted[:, np.newaxis], 0.9, 0.1).astype(np.float32)
        paths.append(str(made_run(tmp_path / name, Classification(("cat", "dog")), LABELS, answers, epochs=wrong).path))
    return paths


def test_runs_are_compared_in_words_and_tables(tlzoo, runs: list[str]) -> None:
    done = tlzoo("runs", "compare", *runs)
    assert done.code == 0
    assert "epochs  12  3\n" in done.out
    assert "40 test samples of images:photos\n" in done.out
    assert "9 of 40 samples have different answers\n" in done.out
    assert "photos/3.png   dog    cat  dog\n" in done.out
    assert done.out.endswith("accuracy: B is better by 22.5 points (+11.8 to +37.5): the difference is significant\n")


def test_the_documented_keys_are_printed(tlzoo, runs: list[str]) -> None:
    done = tlzoo("runs", "compare", *runs, "--json", "--quiet")
    found = json.loads(done.out)
    check_keys("runs compare", found)
    assert found["differences"][0]["value"] == pytest.approx(9 / 40)
    assert found["changes"] == len(found["changed"]) == 9
    assert done.err == ""


def test_one_run_is_one_line(tlzoo, runs: list[str]) -> None:
    done = tlzoo("runs", "compare", runs[0])
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "a comparison needs two or more runs" in done.err


def test_the_actions_of_runs_have_common_options_on_both_sides(tlzoo, runs: list[str]) -> None:
    folder = str(Path(runs[0]).parent)
    assert json.loads(tlzoo("runs", "--json", "show", runs[0]).out)["run"] == runs[0]
    listed = [
        json.loads(tlzoo("runs", *words, "--json").out) for words in (["--out", folder], ["list", "--out", folder])
    ]
    assert listed[0] == listed[1]
    assert [each["run"] for each in listed[0]] == runs
