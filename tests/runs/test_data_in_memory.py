"""Runs that learn from data in memory: the same as from files, and their data given again."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tlzoo
from tlzoo.data import in_memory
from tlzoo.data.adapters.memory import held
from tlzoo.errors import DataError
from tlzoo.runs import Run
from tlzoo.runs.journal import Journal


def digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    found = load_digits()
    chosen = np.isin(found.target, (3, 7))
    return (found.images[chosen][:80] / 16 * 255).astype(np.uint8), found.target[chosen][:80]


def train(data: Any, out: Path, **more: Any) -> Run:
    known = {"backbone": "glyphnet", "strategy": {"name": "feature-extraction", "solver": "gradient"}, "export": []}
    return tlzoo.train(data, **{**known, "epochs": 2, "out": out, **more})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(digits(), tmp_path_factory.mktemp("runs"))


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget all data in memory, as a new process has none."""
    monkeypatch.setattr(held, "_held", type(held._held)())
    monkeypatch.setattr(held, "_recent", type(held._recent)())
    gc.collect()


def interrupted(run: Run, folder: Path) -> Path:
    """Copy a run as it was before its end."""
    import shutil

    copy = folder / "interrupted"
    shutil.copytree(run.path, copy)
    for name in ("result.json", "hashes.json"):
        (copy / name).unlink(missing_ok=True)
    return copy


def samples_in(metrics: dict[str, Any]) -> int:
    return int(np.sum(metrics["confusion"]))


def test_the_recipe_has_the_fingerprint(run: Run) -> None:
    x, y = digits()
    assert run.recipe.data == in_memory((x, y)).source == run.result["data"]
    (known,) = [each for each in Journal(run.path / "journal.jsonl").events if each["event"] == "data"]
    assert len(known["fingerprint"]) == 64


def test_an_archive_gives_the_same_splits_weights_and_metrics(run: Run, tmp_path: Path) -> None:
    x, y = digits()
    np.savez(tmp_path / "digits.npz", x=x, y=y)
    other = train(f"arrays:{tmp_path / 'digits.npz'}", tmp_path)
    assert other.test == run.test
    assert other.result["examples"] == run.result["examples"]
    (kept,) = {each["kept"] and each["name"] for each in run.result["phases"]}
    assert kept
    for path in sorted((run.path / "checkpoints").glob("*.npz")):
        with np.load(path) as ours, np.load(other.path / "checkpoints" / path.name) as theirs:
            assert {name: ours[name].tobytes() for name in ours} == {name: theirs[name].tobytes() for name in theirs}


def test_evaluate_knows_the_runs_own_data(run: Run) -> None:
    x, y = digits()
    assert run.evaluate() == run.evaluate((x, y)) == dict(run.test)
    assert samples_in(run.evaluate((x, y), split="train")) == run.result["examples"]["train"]
    assert samples_in(run.evaluate((x[:20], y[:20]))) == 20
    with pytest.raises(DataError, match="has the class '9'; the model knows"):
        run.evaluate((x, np.where(y == 7, 9, y)))


@pytest.mark.usefixtures("forgotten")
def test_a_process_without_the_data_says_so_in_one_line(run: Run) -> None:
    with pytest.raises(DataError, match=r"the data memory:[0-9a-f]{16} are not in this process; give them again in"):
        run.evaluate()
    assert run.evaluate(digits())["accuracy"] == run.test["accuracy"]
