"""``tlzoo train --folds``, and run sets in ``tlzoo runs``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from documented_keys import check_keys

from tlzoo.evaluation import mean_interval
from tlzoo.runs import Run


@pytest.fixture(scope="module")
def printed(tlzoo: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `train --folds` prints as JSON."""
    folder = tmp_path_factory.mktemp("folds")
    labels = np.arange(60) % 3
    rows = np.random.default_rng(0).normal(size=(60, 4)) + labels[:, np.newaxis]
    np.savez(folder / "rows.npz", x=rows.astype(np.float32), y=labels)
    words = ("--data", f"arrays:{folder / 'rows.npz'}", "--backbone", "identity", "--strategy", "feature-extraction")
    done = tlzoo("train", *words, "--folds", 3, "--out", folder / "runs", "--json", "--quiet")
    assert (done.code, done.err) == (0, "")
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_folds_are_printed_as_documented(printed: dict[str, Any]) -> None:
    check_keys("train --seeds", printed)
    assert (printed["folds"], printed["seeds"], printed["test_split"]) == (3, None, "folds")
    assert [each["fold"] for each in printed["runs"]] == ["1/3", "2/3", "3/3"]
    assert sum(each["examples"]["test"] for each in printed["runs"]) == 60
    values = [each["test"]["accuracy"] for each in printed["runs"]]
    expected = mean_interval(values, test_to_train=1 / 2, bounds=(0.0, 1.0))
    assert printed["interval"]["accuracy"] == (expected.interval and list(expected.interval))


def test_a_run_of_a_fold_is_evaluated_on_its_fold(printed: dict[str, Any]) -> None:
    run = Run(printed["runs"][1]["run"])
    assert run.evaluate()["accuracy"] == run.test["accuracy"]


def test_the_set_is_listed_and_shown(tlzoo: Any, printed: dict[str, Any]) -> None:
    folder = Path(printed["folder"])
    (line,) = json.loads(tlzoo("runs", "--out", folder.parent, "--json").out)
    assert (line["run"], line["runs"], line["test"]) == (str(folder), 3, printed["mean"])
    table = tlzoo("runs", "--out", folder.parent).out
    low, high = printed["interval"]["accuracy"]
    assert f"{100 * printed['mean']['accuracy']:.1f} % ({100 * low:.1f} to {100 * high:.1f})" in table
    shown = tlzoo("runs", "show", folder).out
    assert "Nadeau & Bengio" in shown
    assert "95 % interval" in shown
    assert json.loads(tlzoo("runs", "show", folder, "--json").out) == printed
