"""Nested folds of a search: how optimistic the best of its trials is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from made_progress import Telling

import tlzoo
from tlzoo.errors import RunError, UsageError
from tlzoo.evaluation import mean_interval
from tlzoo.progress import Progress
from tlzoo.runs import Run, Tuning, verify_run
from tlzoo.runs.tuning import trials
from tlzoo.runs.tuning import tuning as searches
from tlzoo.runs.tuning.nested import _tested, nested_figures
from tlzoo.tasks import PlainMetrics

FIELDS: dict[str, Any] = {"backbone": "numeric/identity.raw", "strategy": "feature-extraction", "export": []}
SPACE = {"weight_decay": "0.01..0.1", "rate": "0.01", "solver": "lbfgs", "dropout": "0", "batch_size": "8"}


def data() -> tuple[Any, Any]:
    draw = np.random.default_rng(0)
    labels = np.arange(60) % 3
    return (draw.normal(size=(60, 4)) + labels[:, np.newaxis]).astype(np.float32), labels


def tune(out: Path, progress: Progress | None = None) -> Tuning:
    return tlzoo.tune(data(), trials=1, space=SPACE, nested=2, out=out, progress=progress, **FIELDS)


@pytest.fixture(scope="module")
def tuning(tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    return tune(tmp_path_factory.mktemp("nested"))


@pytest.mark.slow
def test_optimism_is_the_mean_difference_of_best_validation_and_test_scores(tuning: Tuning) -> None:
    nested = tuning.result["nested"]
    runs = [Run(each["run"]) for each in nested["runs"]]
    assert [run.recipe.fold for run in runs] == ["1/2", "2/2"]
    assert [each["test"] for each in nested["runs"]] == [run.test["accuracy"] for run in runs]
    differences = [each["validation"] - each["test"] for each in nested["runs"]]
    expected = mean_interval(differences, test_to_train=1.0, bounds=(-1.0, 1.0))
    assert (nested["optimism"], nested["optimism_interval"]) == (
        expected.mean,
        expected.interval and list(expected.interval),
    )
    assert nested["test"] == pytest.approx(np.mean([run.test["accuracy"] for run in runs]))
    assert tuning.run.recipe.fold is None


@pytest.mark.slow
def test_nested_searches_are_verified(tuning: Tuning) -> None:
    reports = verify_run(tuning.path)
    assert {each.inspection for each in reports if each.error} == set()
    assert {Path(each.run).name for each in reports if each.file == "tuning.json"} == {
        tuning.path.name,
        "fold-1",
        "fold-2",
    }


@pytest.mark.slow
def test_an_interrupted_nested_search_is_resumed(
    tuning: Tuning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train: Callable[..., Run] = trials.train_recipe
    done: list[Run] = []

    def some(*words: Any, **named: Any) -> Run:
        if len(done) == 2:  # the run of the search, and that of its first fold
            raise KeyboardInterrupt
        done.append(train(*words, **named))
        return done[-1]

    monkeypatch.setattr(trials, "train_recipe", some)
    with pytest.raises(KeyboardInterrupt) as stopped:
        tune(tmp_path)
    monkeypatch.undo()
    (folder,) = tmp_path.iterdir()
    assert str(stopped.value) == f"interrupted; resume with `tlzoo tune --resume {folder}`"
    resumed = tlzoo.resume(folder, data=data())
    assert isinstance(resumed, Tuning)
    known = {key: value for key, value in tuning.result["nested"].items() if key != "runs"}
    assert {key: value for key, value in resumed.result["nested"].items() if key != "runs"} == known


@pytest.mark.slow
def test_the_result_of_a_search_is_kept_if_its_nested_folds_fail(
    tuning: Tuning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_words: Any) -> None:
        raise RunError("the disk is full")

    told = Telling()
    monkeypatch.setattr(searches, "search_folds", failing)
    with pytest.raises(RunError, match="the disk is full"):
        tune(tmp_path, told)
    (folder,) = tmp_path.iterdir()
    assert f"continue with `tlzoo tune --resume {folder}`" in told.notes[-1]
    kept = Tuning(folder)
    assert kept.result["nested"] is None
    assert kept.run.test == tuning.run.test


def test_intervals_of_shares_are_within_possible_values() -> None:
    rows = [
        {"score": "accuracy", "unit": "share", "fold": f"{at}/2", "validation": 1.0, "test": test}
        for at, test in enumerate((1.0, 0.6), 1)
    ]
    found = nested_figures(rows)
    assert (found["test_interval"], found["optimism_interval"]) == ([0.0, 1.0], [-1.0, 1.0])
    assert found["runs"][0] == {"fold": "1/2", "validation": 1.0, "test": 1.0}
    same = nested_figures([each | {"test": 0.5} for each in rows])
    assert (same["optimism"], same["optimism_interval"], same["test_interval"]) == (0.5, None, None)
    unbounded = nested_figures([each | {"unit": "number"} for each in rows])
    assert unbounded["test_interval"] == list(mean_interval([1.0, 0.6], test_to_train=1.0).interval or ())


@pytest.mark.slow
def test_numbers_are_compared_by_the_same_score(tmp_path: Path) -> None:
    rows, labels = data()
    found = tlzoo.tune((rows, rows.sum(axis=1) + labels), trials=1, space=SPACE, nested=2, out=tmp_path, **FIELDS)
    assert found.result["nested"]["score"] == "explained variance"
    for each in found.result["nested"]["runs"]:
        test = Run(each["run"]).test
        assert each["test"] == test["explained_variance"]
        assert each["test"] != test["r2"]


@pytest.mark.parametrize(
    ("figures", "expected"), [({"near": 0.25}, (0.25, "number")), ({"far": 0.75, "near": 0.5}, (0.5, "number"))]
)
def test_the_test_score_has_the_name_of_the_validation_score(
    figures: dict[str, float], expected: tuple[float, str]
) -> None:
    run: Any = SimpleNamespace(result={"score": "near"}, metrics=PlainMetrics(figures), path="runs/one")
    assert _tested(run) == expected
    run.result["score"] = "quadratic kappa"
    with pytest.raises(UsageError, match="selected by 'quadratic kappa', which the test metrics of runs/one do not"):
        _tested(run)


@pytest.mark.parametrize(
    ("arguments", "said"), [({"nested": 1}, "from 2 to 1000 folds"), ({"fold": "1/3"}, "one fold")]
)
def test_invalid_nested_folds_are_refused(arguments: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        tlzoo.tune(data(), out=tmp_path, **FIELDS, **{"nested": 2, **arguments})
