"""The task of a finished run: of tlzoo, of a plugin that is gone, and of a damaged result."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tlzoo.cli import main
from tlzoo.errors import BytesRefusedError, DataError, PluginError
from tlzoo.runs import Run
from tlzoo.runs.files.hashes import finish_folder
from tlzoo.runs.opening.data_changes import describe_data
from tlzoo.runs.results.predict import predict_run
from tlzoo.runs.results.run_task import run_bounds, task_of
from tlzoo.tasks import Classification, Regression

SAVED = Path(__file__).parents[2] / "saved/0.1.zip"
Make = Callable[..., Run]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A function that makes a finished run whose result has these values, and these metrics."""

    def made(test: dict[str, Any] | None = None, **values: Any) -> Run:
        with zipfile.ZipFile(SAVED) as archive:
            archive.extractall(tmp_path, [each for each in archive.namelist() if each.startswith("runs/images/")])
        folder = tmp_path / "runs/images"
        result = json.loads((folder / "result.json").read_text()) | values
        result["test"] |= test or {}
        finish_folder(folder, json.dumps(result))
        return Run(folder)

    return made


def test_the_task_of_a_run(make: Make) -> None:
    run = make()
    assert task_of(run) == Classification(tuple(run.test["per_class"]))


def test_a_run_of_an_earlier_version_keeps_no_scores_for_label_sets(make: Make) -> None:
    run = make(examples={"train": 80, "validation": 20, "test": 10})
    with pytest.raises(
        DataError, match=r"keeps no scores .*, because an earlier version of tlzoo wrote it; train again"
    ):
        run_bounds(run, task_of(run), 0.9)
    run = make(examples={"train": 80, "validation": 0, "test": 10})
    with pytest.raises(DataError, match="has 0 held-out labels, but a coverage of 90 % needs at least 9"):
        run_bounds(run, task_of(run), 0.9)


def test_a_run_whose_plugin_is_gone_names_its_task(make: Make, capsys) -> None:
    run = make({"per_class": {"poor": [1, 2]}, "examples": 12.0}, task="grades")
    for ask in (task_of, lambda each: predict_run(each, ["a.png"], None), Run.evaluate):
        with pytest.raises(
            PluginError, match="learned the task 'grades', which no installed plugin provides; install the plugin"
        ):
            ask(run)
    assert main(["runs", "--out", str(run.path.parent), "--quiet"]) == 0
    assert main(["runs", "show", str(run.path), "--quiet"]) == 0
    assert "examples 12" in capsys.readouterr().out


GRADES = """
from tlzoo.plugins import hookimpl

@hookimpl
def tlzoo_tasks():
    from tlzoo.tasks import Classification

    class Grades(Classification):
        kind = "grades"

    return {"grades": Grades}
"""


@pytest.mark.parametrize("names", [5, [[1]], {"a": {}, "b": {}}])
def test_names_of_a_plugins_result_are_read_by_its_task(distributions, make: Make, names: Any) -> None:
    distributions.add("acme", GRADES)
    run = make({"per_class": names}, task="grades")
    if isinstance(names, dict):
        found = task_of(run)
        assert found is not None
        assert (found.kind, found.names) == ("grades", ("a", "b"))
    else:
        with pytest.raises(BytesRefusedError, match=r"is damaged: (TypeError|AttributeError)"):
            task_of(run)


@pytest.mark.parametrize(
    "scaling", [5, {"means": [1]}, {"means": ["a"], "deviations": [1]}, {"means": [float("inf")], "deviations": [1]}]
)
def test_a_damaged_scaling_of_targets_is_refused(scaling: Any) -> None:
    with pytest.raises(ValueError, match=r"its scaling (has no lists|is not finite)"):
        Regression(("price",)).read_facts({"scaling": scaling})


class Forger(Classification):
    """A task whose facts have the names of what every run records."""

    __slots__ = ()
    kind = "forger"

    def facts(self, labels: np.ndarray) -> dict[str, Any]:
        return {"fingerprint": "x", "splits": len(labels), "mean": 1.5}


def test_facts_of_a_task_do_not_replace_the_record_of_a_run() -> None:
    from tlzoo.data import ArrayPictures, Dataset, Samples

    labels = np.arange(6) % 2
    samples = Samples(
        source="made",
        task=Forger(("a", "b")),
        examples=ArrayPictures("made", np.zeros((6, 4, 4, 1), np.uint8)),
        labels=labels,
        digests=np.arange(192, dtype=np.uint8).reshape(6, 32),
    )
    data = Dataset(samples, train=np.arange(4), validation=np.arange(4, 5), test=np.arange(5, 6))
    recorded = describe_data(data)
    assert recorded["fingerprint"] == data.fingerprint
    assert recorded["splits"] == {"train": 4, "validation": 1, "test": 1}
    assert recorded["mean"] == 1.5
