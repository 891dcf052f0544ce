"""Runs with an unlabelled target: what is read, what is kept from training, and the table in the end."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_progress import Telling
from PIL import Image
from sklearn.datasets import load_digits

import tlzoo
from tlzoo.data import images
from tlzoo.errors import RunError, UsageError
from tlzoo.progress import Silent
from tlzoo.runs import RunFolder, explain, open_recipe, open_source, read_recipe, resume, train_recipe
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.opening.target import open_target


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small source and a small target of three digits each, the target inverted."""
    monkeypatch.chdir(tmp_path)
    digits = load_digits(n_class=3)
    pixels = (digits.images * 15).astype(np.uint8)
    np.savez("source.npz", x=pixels[:120], y=digits.target[:120])
    np.savez("target.npz", x=255 - pixels[120:200], y=digits.target[120:200])
    np.savez("judged.npz", x=255 - pixels[200:260], y=digits.target[200:260])
    return tmp_path


def recipe(**changes: Any) -> Any:
    options = {"objective": "mcc", "unfreeze": "none"} | changes.pop("options", {})
    fields = {
        "data": "arrays:source.npz",
        "target": "arrays:target.npz",
        "backbone": "glyphnet",
        "strategy": {"name": "domain-adaptation", "options": options},
        "epochs": 2,
        "export": [],
    }
    return read_recipe(None, fields | changes)


@pytest.mark.slow
def test_a_run_ends_with_a_table_against_source_only(here: Path) -> None:
    run = train_recipe(recipe(export=["keras"]), out=here / "runs")
    target = run.result["target"]
    assert target["test"] == "arrays:target.npz"
    assert target["unlabelled"] + target["examples"] == 80
    assert [row["name"] for row in target["phases"]] == ["source only", "mcc"]
    assert [row["kept"] for row in target["phases"]] == [False, True]
    assert all(row["metrics"]["examples"] == target["examples"] for row in target["phases"])
    page = (Path(run.path) / "report.html").read_text()
    assert "Target domain" in page
    kept = Journal(RunFolder.open(Path(run.path)).journal).find("kept")
    assert kept is not None
    assert kept["phase"] == "mcc"


@pytest.mark.slow
def test_the_table_equals_the_evaluation_of_the_kept_model(here: Path) -> None:
    run = train_recipe(recipe(target_test="arrays:judged.npz"), out=here / "runs")
    (last,) = (row for row in run.result["target"]["phases"] if row["kept"])
    assert run.result["target"]["unlabelled"] == 80
    assert run.evaluate(data="arrays:judged.npz")["accuracy"] == last["metrics"]["accuracy"]


@pytest.mark.slow
def test_adabn_runs_all_its_phases(here: Path) -> None:
    result = train_recipe(recipe(options={"objective": "adabn"}), out=here / "runs").result
    assert [phase["name"] for phase in result["phases"]] == [
        "source only",
        "source statistics",
        "head on them",
        "adabn",
    ]
    assert [row["name"] for row in result["target"]["phases"]] == ["source only", "head on them", "adabn"]
    assert [phase["kept"] for phase in result["phases"]] == [False, False, False, True]


def test_training_never_sees_labels_or_the_test_samples_of_the_target() -> None:
    opened = open_recipe(recipe(), Silent())
    assert opened.target is not None
    assert opened.target.test is not None
    inputs, test = opened.target.inputs, opened.target.test
    assert not set(inputs.train) & set(test.test)
    assert sorted([*inputs.train, *test.test]) == list(range(80))
    assert not inputs.labels.any()
    assert inputs.task.names == ("unlabelled",)
    assert test.task == opened.data.task
    np.testing.assert_array_equal(test.labels, np.load("target.npz")["y"])


def test_the_split_of_the_target_is_the_seeds() -> None:
    tests = [open_recipe(recipe(seed=seed), Silent()).target.test.test for seed in (0, 0, 1)]
    np.testing.assert_array_equal(tests[0], tests[1])
    assert not np.array_equal(tests[0], tests[2])


@pytest.mark.slow
def test_a_target_without_labels_has_no_table(here: Path) -> None:
    (here / "new/deeper").mkdir(parents=True)
    for number in range(12):
        place = here / "new" / ("deeper" if number % 2 else "")
        Image.fromarray(np.full((9, 9), 20 * number, np.uint8)).save(place / f"{number}.png")
    result = train_recipe(recipe(target="images:new?labels=none"), out=here / "runs").result
    assert result["target"] == {
        "data": "images:new?labels=none",
        "unlabelled": 12,
        "test": None,
        "examples": 0,
        "phases": None,
    }


def test_a_flat_folder_says_how_to_be_a_target(here: Path) -> None:
    (here / "new").mkdir()
    Image.new("L", (9, 9)).save(here / "new/1.png")
    with pytest.raises(tlzoo.TlzooError, match=r"labels=none"):
        open_source("images:new", Silent())
    assert images("new", {"labels": "none"}).task.names == ("unlabelled",)
    with pytest.raises(UsageError, match="use labels=none"):
        images("new", {"labels": "some"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"target": None}, "needs unlabelled target data"),
        (
            {"target": None, "strategy": "multi-step", "target_test": "arrays:judged.npz"},
            "target_test is given without a target",
        ),
        ({"options": {"objective": "corall"}}, "option 'objective'"),
        ({"target": "arrays:nowhere.npz"}, "nowhere.npz"),
    ],
)
def test_impossible_requests_are_refused_before_training(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(tlzoo.TlzooError, match=said):
        open_recipe(recipe(**changes), Silent())


@pytest.mark.parametrize(
    ("labels", "why"),
    [([7] * 40 + [0] * 40, "has the class '7'"), ([1] * 80, "has only one class")],
)
def test_labels_that_cannot_judge_are_left_aside(labels: list[int], why: str) -> None:
    np.savez("other.npz", x=np.load("target.npz")["x"], y=np.array(labels))
    telling = Telling()
    data = open_recipe(recipe(), Silent()).data
    opened = open_target(recipe(target="arrays:other.npz"), data, lambda source: open_source(source, Silent()), telling)
    assert opened.test is None
    assert len(opened.inputs.train) == 80
    assert why in telling.notes[0]


def test_a_resume_on_another_target_is_refused(here: Path) -> None:
    run = train_recipe(recipe(), out=here / "runs")
    (Path(run.path) / "result.json").unlink()
    np.savez("target.npz", x=np.load("target.npz")["x"][:70], y=np.load("target.npz")["y"][:70])
    with pytest.raises(RunError, match=r"target\.npz has changed since the run started"):
        resume(Path(run.path))


@pytest.mark.slow
def test_a_resumed_run_comes_to_the_same_table(here: Path) -> None:
    run = train_recipe(recipe(), out=here / "runs")
    before = run.result["target"]
    (Path(run.path) / "result.json").unlink()
    assert resume(Path(run.path)).result["target"] == before


def test_the_plan_has_the_objective_and_its_extra_data() -> None:
    phases = explain(recipe())["phases"]
    assert [phase["objective"] for phase in phases] == [
        None,
        {"kind": "Mcc", "weight": 1.0, "temperature": 2.5},
    ]
    assert [phase["mode"] for phase in phases] == ["cached features"] * 2
    assert phases[0]["beside"] == 0
    assert phases[1]["beside"] > 0
    assert phases[1]["cache_bytes"] > phases[0]["cache_bytes"]


def test_any_strategy_may_be_measured_on_a_target(here: Path) -> None:
    fields = {"strategy": {"name": "feature-extraction", "options": {}}, "epochs": 1}
    result = train_recipe(recipe(**fields), out=here / "runs").result
    assert [row["kept"] for row in result["target"]["phases"]] == [True]


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"objective": "coral", "at": "outputs"}, {"objective": "adabn"}])
def test_texts_have_targets_as_images_do(here: Path, options: dict[str, str]) -> None:
    rows = {"source.csv": ("a fine book", "a dull book"), "target.csv": ("a fine film indeed", "what a dull film")}
    for name, (good, bad) in rows.items():
        lines = [f"{good} {n},good\n{bad} {n},bad" for n in range(20)]
        (here / name).write_text("text,label\n" + "\n".join(lines) + "\n")
    sources = {"data": "table:source.csv?text=text&label=label", "target": "table:target.csv?text=text&label=label"}
    result = train_recipe(recipe(**sources, backbone="static.minilm", options=options), out=here).result
    assert result["target"]["phases"][-1]["kept"]
    assert result["target"]["examples"] == 6
