"""``tlzoo tune`` as a user has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from documented_keys import check_keys

import tlzoo as library

pytestmark = pytest.mark.slow

RECIPE = ("--data", "digits:", "--backbone", "glyphnet", "--strategy", "feature-extraction", "--per-class", 6)
SPACE = ("--space", "rate=1e-3..1e-1:log", "--space", "solver=gradient", "--space", "batch_size=8")


@pytest.fixture(scope="module")
def tuned(tlzoo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    out = tmp_path_factory.mktemp("tuned")
    words = ("--epochs", 2, "--trials", 2, "--export", "none", "--out", out, "--json", "--quiet")
    done = tlzoo("tune", *RECIPE, *SPACE, *words)
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_json_has_all_trials_and_the_score_of_the_best(tuned) -> None:
    assert [trial["number"] for trial in tuned["trials"]] == [0, 1]
    assert tuned["trials"][0]["options"]["strategy.rate"] == 0.01
    assert tuned["best"] in tuned["trials"]
    check_keys("tune", tuned)
    assert tuned["test"]["accuracy"] == library.Run(Path(tuned["run"])).test["accuracy"]


def test_the_table_has_the_best_first_and_the_paths(tlzoo, tuned) -> None:
    done = tlzoo("tune", "--resume", tuned["folder"], "--trials", 3)
    lines = done.out.splitlines()
    assert lines[2].split()[:3] == ["trial", "validation", "seconds"]
    assert len(lines[3:6]) == 3
    assert f"recipe   {tuned['recipe']}" in done.out
    assert "test accuracy" in done.out


def test_the_recipe_can_be_trained(tlzoo, tuned, tmp_path: Path) -> None:
    done = tlzoo("train", tuned["recipe"], "--out", tmp_path, "--json", "--quiet")
    assert json.loads(done.out)["test"]["confusion"] == tuned["test"]["confusion"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*RECIPE, "--space", "rates=1,2"), "cannot tune 'rates': no such option; did you mean 'rate'"),
        ((*RECIPE, "--space", "rate"), "--space must be NAME=VALUES; got 'rate'"),
        ((*RECIPE, "--trials", 1001), "trials must be from 1 to 1000; got 1001"),
        (
            (*RECIPE, "--budget", "soon"),
            "--budget: 'soon' is not a duration; use a number and a unit (s, m, h, d, w), such as 90s or 1.5h",
        ),
        (("--resume", "nowhere", "--seed", 1), "a resumed search keeps its recipe and space"),
    ],
)
def test_invalid_requests_are_refused(tlzoo, tmp_path: Path, words: tuple[object, ...], said: str) -> None:
    done = tlzoo("tune", *words, "--out", tmp_path)
    assert done.code == 2
    assert said in done.last
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_search_is_refused(tlzoo, tmp_path: Path) -> None:
    done = tlzoo("tune", "--resume", tmp_path)
    assert (done.code, done.last) == (
        1,
        f"tlzoo: {tmp_path} is not a search folder: it has no tuning.json; give the folder that `tlzoo tune` printed",
    )


def test_the_same_in_python(tmp_path: Path) -> None:
    tuning = library.tune(
        data="digits:",
        backbone="glyphnet",
        strategy={"name": "feature-extraction", "solver": "gradient"},
        per_class=6,
        epochs=1,
        trials=1,
        space={"solver": "gradient"},
        export=["keras"],
        out=tmp_path,
    )
    assert tuning.run.result["exported"] == {"keras": "model.keras"}
    assert tuning.recipe.strategy.options["rate"] == 0.01
    assert library.tune(resume=tuning.path).result == tuning.result
