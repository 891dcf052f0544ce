"""A search for better options: what may be tried, what is asked for next, and what a whole search leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tlzoo.errors import BytesRefusedError, RunError, TrainingError, UsageError
from tlzoo.progress import Silent
from tlzoo.runs import Recipe, Tuning, open_recipe, resume_tuning, train_recipe, tune_recipe
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.hashes import read_hashes
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.runs.files.verification import expected_hashes
from tlzoo.runs.opening.data_changes import describe_data
from tlzoo.runs.tuning import Axis, Choice, Range, default_space, parse_axis
from tlzoo.runs.tuning.search import Search, Tried
from tlzoo.runs.tuning.space import with_axes, with_values
from tlzoo.training import SupervisedTrainer

SPACE: Mapping[str, Axis] = {
    "rate": Range(1e-4, 1.0, log=True),
    "size": Choice((8, 16)),
    "units": Range(1, 5, whole=True),
}
FIRST = {"rate": 0.1, "size": 8, "units": 2}


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("1e-5..1e-2:log", Range(1e-5, 1e-2, log=True)),
        ("0..0.5", Range(0, 0.5)),
        ("2..5", Range(2, 5, whole=True)),
        ("16,32", Choice((16, 32))),
        ("1,2,all", Choice((1, 2, "all"))),
        ("[64],[256, 64]", Choice(([64], [256, 64]))),
        ("adamw", Choice(("adamw",))),
        ("true,false", Choice((True, False))),
    ],
)
def test_values_are_written_as_one_would(text: str, axis: Axis) -> None:
    assert parse_axis(text) == axis
    assert parse_axis(str(axis)) == axis


@pytest.mark.parametrize("text", ["5..2", "0..1:log", "a..b", "", "-1..2:log"])
def test_an_invalid_range_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_axis(text)


def search(file: Path, seed: int = 0) -> Search:
    return Search(file, SPACE, seed)


def score_of(values: Mapping[str, Any]) -> float:
    return -abs(values["rate"] - 0.01) + values["size"] / 100


def go(searching: Search, trials: int) -> list[Mapping[str, Any]]:
    """Ask and tell until there are so many trials; return their values."""
    while len(searching.tried()) < trials:
        trial = searching.ask(FIRST)
        searching.tell(trial, Tried(trial.number, trial.values, score_of(trial.values), 0.0, 1.0, str(trial.number)))
    return [each.values for each in searching.tried()]


def test_the_first_trial_is_the_recipe_as_it_is(tmp_path: Path) -> None:
    assert go(search(tmp_path / "study.jsonl"), 1) == [FIRST]


@pytest.mark.parametrize(("given", "taken"), [(0.5, 0.1), (1e-9, 1e-3), (None, 1e-3)])
def test_a_recipe_outside_the_space_is_taken_to_its_border(tmp_path: Path, given: object, taken: float) -> None:
    space: Mapping[str, Axis] = {"rate": Range(1e-3, 0.1, log=True), "size": Choice((16, 32))}
    assert Search(tmp_path / "study", space, 0).ask({"rate": given, "size": 8}).values == {"rate": taken, "size": 16}


def test_values_stay_within_their_space(tmp_path: Path) -> None:
    for values in go(search(tmp_path / "study.jsonl"), 12):
        assert 1e-4 <= values["rate"] <= 1.0
        assert values["size"] in (8, 16)
        assert values["units"] in range(1, 6)


@pytest.mark.parametrize("interrupted_at", [0, 1, 7])
def test_an_interrupted_search_asks_for_the_same_again(tmp_path: Path, interrupted_at: int) -> None:
    whole = go(search(tmp_path / "whole.jsonl"), 10)
    broken = search(tmp_path / "broken.jsonl")
    go(broken, interrupted_at)
    broken.ask(FIRST)  # and never told
    with (tmp_path / "broken.jsonl").open("ab") as file:
        file.write(b'{"op_code": 5, "wor')  # cut short by a crash
    assert go(search(tmp_path / "broken.jsonl"), 10) == whole


def test_another_seed_searches_elsewhere(tmp_path: Path) -> None:
    assert go(search(tmp_path / "a"), 4)[1:] != go(search(tmp_path / "b", seed=1), 4)[1:]


def test_a_trial_that_fails_is_not_asked_for_again(tmp_path: Path) -> None:
    searching = search(tmp_path / "study.jsonl")
    go(searching, 2)
    failed = searching.ask(FIRST)
    searching.tell(failed, Tried(failed.number, failed.values, None, None, 1.0, "2", "diverged"))
    assert searching.ask(FIRST).values != failed.values
    assert searching.tried()[-1].reason == "diverged"


def recipe(**changes: Any) -> Recipe:
    values = {"data": "digits:", "backbone": "glyphnet", "per_class": 6, "epochs": 2, "weights": "random", "export": []}
    strategy = {"name": "feature-extraction", "solver": "gradient"}
    return Recipe.model_validate(values | {"strategy": strategy} | changes)


NARROW = {
    "rate": "1e-3..1e-1:log",
    "solver": "gradient",
    "weight_decay": "0.05",
    "head.dropout": "0",
    "batch_size": "8",
}


def test_the_sensible_space_is_around_the_recipes_own_options() -> None:
    opened = open_recipe(recipe(strategy="fine-tune", epochs=None), Silent())
    space = {name: str(axis) for name, axis in default_space(opened).items()}
    assert space == {
        "strategy.unfreeze": "1,2,all",
        "strategy.head_rate": "0.000333..0.1:log",
        "strategy.rate": "3.33e-06..0.001:log",
        "strategy.decay": "0.3..1",
        "strategy.weight_decay": "0.001..0.3:log",
        "strategy.solver": "lbfgs,gradient",
        "head.dropout": "0.0,0.2,0.5",
        "batch_size": "4,8,16",
    }


def test_rates_in_a_list_are_searched_one_by_one() -> None:
    opened = open_recipe(recipe(strategy="multi-step"), Silent())
    assert {"strategy.rates.0", "strategy.rates.1", "strategy.rates.2"} <= default_space(opened).keys()
    changed = with_values(opened.recipe, {"strategy.rates.1": 0.5, "batch_size": 4, "head.dropout": 0.2})
    assert changed.strategy.options["rates"] == [0.01, 0.5, 0.0001]
    assert (changed.batch_size, changed.head.options["dropout"]) == (4, 0.2)


def test_names_are_found_where_they_are_unambiguous() -> None:
    opened = open_recipe(recipe(), Silent())
    axes = with_axes({}, {"rate": "0.1,0.2", "dropout": "0", "optimizer": "sgd,adamw"}, opened)
    assert list(axes) == ["strategy.rate", "head.dropout", "optimizer"]
    with pytest.raises(UsageError, match=r"cannot tune 'ratte': no such option; did you mean"):
        with_axes({}, {"ratte": "0.1,0.2"}, opened)
    with pytest.raises(UsageError, match="cannot tune 'seed': no such option"):
        with_axes({}, {"seed": "1,2"}, opened)


def test_labels_without_a_validation_split_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no validation split, which is needed to compare trials"):
        tune_recipe(recipe(per_class=2), out=tmp_path, trials=2)
    assert not list(tmp_path.iterdir())


def plain(tuning: Tuning) -> list[tuple[Any, Any]]:
    return [(trial["options"], trial["score"]) for trial in tuning.result["trials"]]


class Evaluations:
    """Counts how often a split was evaluated."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.splits: list[str] = []
        evaluate = SupervisedTrainer.evaluate

        def counted(trainer: Any, state: Any, split: str) -> Any:
            self.splits.append(split)
            return evaluate(trainer, state, split)

        patch.setattr(SupervisedTrainer, "evaluate", counted)


class Searched(NamedTuple):
    """A search that was not interrupted: its cache, what it found, the splits that it evaluated."""

    cache: Path
    tuning: Tuning
    splits: list[str]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Searched:
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TLZOO_CACHE", str(folder / "cache"))
        evaluations = Evaluations(patch)
        tuning = tune_recipe(recipe(), out=folder / "runs", trials=3, space=NARROW)
    return Searched(folder / "cache", tuning, evaluations.splits)


@pytest.mark.slow
def test_a_search_looks_at_the_test_split_once_and_computes_features_once(whole: Searched, tmp_path: Path) -> None:
    tuning = whole.tuning
    assert whole.splits.count("test") == 1
    assert len(list((whole.cache / "features").glob("*/0.npy"))) == 1
    scores = [trial["score"] for trial in tuning.result["trials"]]
    assert tuning.result["best"]["score"] == max(scores)
    assert tuning.run.result["phases"][-1]["score"] == max(scores)
    assert (tuning.path / "best.toml").read_text() == (tuning.run.path / "recipe.toml").read_text()
    assert not list((tuning.path / "trials").glob("*"))
    again = train_recipe(tuning.recipe, out=tmp_path / "again")
    assert again.test["confusion"] == tuning.run.test["confusion"]


@pytest.mark.slow
def test_a_resumed_search_has_the_same_result(whole: Searched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        append, epochs = MetricsFile.append, []

        def interrupted(file: MetricsFile, **figures: Any) -> None:
            append(file, **figures)
            epochs.append(figures)
            if len(epochs) == 3:  # in the second trial, between its epochs
                raise KeyboardInterrupt

        patch.setattr(MetricsFile, "append", interrupted)
        with pytest.raises(KeyboardInterrupt, match=r"resume with `tlzoo tune --resume \S+-tune`"):
            tune_recipe(recipe(), out=tmp_path / "broken", trials=3, space=NARROW)
    (folder,) = (tmp_path / "broken").iterdir()
    (trial,) = (folder / "trials").iterdir()
    assert set(read_hashes(trial) or {}) == {"recipe.toml"}
    RunFolder.open(trial, "checkpoints")
    (trial / "recipe.toml").write_text((trial / "recipe.toml").read_text() + "# changed\n")
    with pytest.raises(BytesRefusedError, match=r"recipe\.toml was changed: it has sha256:"):
        resume_tuning(folder)
    (trial / "recipe.toml").write_text((trial / "recipe.toml").read_text().removesuffix("# changed\n"))
    resumed = resume_tuning(folder)
    assert plain(resumed) == plain(whole.tuning)
    assert resumed.run.test["confusion"] == whole.tuning.run.test["confusion"]
    assert set(read_hashes(folder) or {}) == {"best.toml", "result.json", "study.jsonl", "tuning.json"}
    assert expected_hashes(RunFolder.open(resumed.run.path)) == read_hashes(resumed.run.path)
    further = resume_tuning(folder, trials=4)
    assert plain(further)[:3] == plain(whole.tuning)
    assert len(further.result["trials"]) == 4
    about = json.loads((folder / "tuning.json").read_text())
    assert about["backbone"] == {"entry": "vision/glyphnet.glyphs", "hashes": {}}  # random weights need no file


def test_a_search_does_not_continue_with_another_backbone(tmp_path: Path) -> None:
    opened = open_recipe(recipe(weights="pretrained"), Silent())
    about = {
        "recipe": opened.recipe.model_dump(mode="json", exclude_none=True),
        "space": {},
        "data": describe_data(opened.data),
        "backbone": {"entry": opened.entry.id, "hashes": {"weights": "sha256:" + 64 * "0"}},
        "trials": 1,
        "budget": None,
    }
    (tmp_path / "tuning.json").write_text(json.dumps(about))
    with pytest.raises(RunError, match=r"has changed since .* was trained"):
        resume_tuning(tmp_path)


@pytest.mark.slow
def test_finished_trials_are_not_repeated_and_the_time_limits_trials(tmp_path: Path) -> None:
    same = NARROW | {"rate": "0.01,0.02"}
    tuning = tune_recipe(recipe(epochs=1), out=tmp_path, trials=5, space=same)
    options = [json.dumps(trial["options"]) for trial in tuning.result["trials"]]
    first = {each: tuning.result["trials"][options.index(each)] for each in options}
    for trial, each in zip(tuning.result["trials"], options, strict=True):
        assert trial["score"] == first[each]["score"]
        assert trial is first[each] or trial["seconds"] == 0
    short = tune_recipe(recipe(epochs=1), out=tmp_path / "short", budget=1e-3, space=same)
    assert len(short.result["trials"]) == 1


@pytest.mark.slow
def test_a_diverging_trial_is_reported_and_the_search_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, calls = SupervisedTrainer.run, []

    def diverging(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise TrainingError("the loss is no number")
        return run(*arguments)

    monkeypatch.setattr(SupervisedTrainer, "run", diverging)
    tuning = tune_recipe(recipe(), out=tmp_path, trials=2, space=NARROW)
    assert [trial["reason"] for trial in tuning.result["trials"]] == ["the loss is no number", None]


@pytest.mark.slow
def test_a_wrong_option_leaves_no_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        tune_recipe(recipe(), out=tmp_path, trials=2, space=NARROW | {"rate": "-1"})
    assert not list(tmp_path.iterdir())
