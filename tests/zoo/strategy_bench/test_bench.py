"""Strategies are trained on a suite, in the shell as in Python; an interrupted comparison continues."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from documented_keys import check_keys
from made_progress import Telling

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import DataError, InstallError, RunError, TlzooError, TrainingError, UsageError
from tlzoo.runs import Named
from tlzoo.training.frozen.store import _timing
from tlzoo.zoo.strategy_bench import bench as module

MINE = """\
from tlzoo.strategies import Phase, Strategy, head


class Mine(Strategy):
    name = "mine"

    def phases(self, job):
        yield Phase(name="head", train=head(), rates=1e-2)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a suite of rows of numbers, and a strategy."""
    random = np.random.default_rng(0)
    labels = np.arange(60) % 2
    np.savez(tmp_path / "rows.npz", x=random.normal(size=(60, 4)) + labels[:, None], y=labels)
    (tmp_path / "suite.toml").write_text(
        'epochs = 1\n[sets.rows]\ndata = "arrays:rows.npz"\nentries = ["identity.raw"]\nlabels = [8]\n'
    )
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The strategies that were trained, in order."""
    names: list[str] = []
    train = module.train_recipe

    def noted(recipe, **options):
        names.append(recipe.strategy.name)
        return train(recipe, **options)

    monkeypatch.setattr(module, "train_recipe", noted)
    return names


WORDS = ("strategies", "bench", "feature-extraction", "./mine.py:Mine", "--suite", "suite.toml", "--against", "none")


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_a_class_in_a_file_is_compared_with_a_registered_strategy(
    trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*WORDS, "--seeds", "2", "--json", "--markdown", "table.md"]) == 0
    found = json.loads(capsys.readouterr().out)
    check_keys("strategies bench", found)
    assert [row["strategy"] for row in found["rows"]] == ["feature-extraction", "Mine"]
    assert [len(row["scores"]) for row in found["rows"]] == [2, 2]
    assert found["score"] == "accuracy"
    assert found["feature_seconds"] > 0  # no features of these rows were cached
    assert Path("table.md").read_text().startswith("| strategy | rows 8 labels | regret | seconds |\n")
    assert len(trained) == 1 + 4  # the first is not measured
    assert [path.name for path in Path("strategy-bench").iterdir()] == ["measurements.jsonl"]
    again = tlzoo.bench_strategies("feature-extraction", "./mine.py:Mine", suite="suite.toml", seeds=2, against=[])
    assert json.loads(json.dumps(again.to_json())) == found
    assert len(trained) == 5
    Path("mine.py").write_text(MINE.replace("1e-2", "1e-3"))
    tlzoo.bench_strategies("./mine.py:Mine", suite="suite.toml", seeds=1, against=[])
    assert len(trained) == 7


HEAD = """\
from pathlib import Path

from tlzoo.heads.mlp import MLP

Path("ran").touch()


class Theirs(MLP):
    pass
"""


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_code_that_a_suite_names_needs_consent(capsys: pytest.CaptureFixture[str]) -> None:
    Path("theirs.py").write_text(HEAD)
    suite = Path("suite.toml")
    suite.write_text(suite.read_text() + 'head = {name = "./theirs.py:Theirs", units = [3]}\n')
    words = [*WORDS, "--seeds", "1"]
    assert main(words) == 4
    assert "if you trust it, pass --trust suite.toml (trust= in Python)" in capsys.readouterr().err
    assert not Path("ran").exists()
    assert main([*words, "--trust", "suite.toml"]) == 0
    assert Path("ran").exists()


@pytest.mark.usefixtures("folder")
def test_an_interrupted_comparison_continues(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def measured(_case, _strategy, seed, _out):
        calls.append(seed)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return module._result(0.5, "accuracy", "share", 1.0)

    monkeypatch.setattr(module, "_warm_up", lambda *_: 0.0)
    monkeypatch.setattr(module, "_measured", measured)
    with pytest.raises(KeyboardInterrupt):
        tlzoo.bench_strategies("lp-ft", suite="suite.toml", seeds=3, against=[])
    with Path("strategy-bench/measurements.jsonl").open("a") as stream:
        stream.write('{"key": "cut of')
    tlzoo.bench_strategies("lp-ft", suite="suite.toml", seeds=3, against=[])
    assert calls == [0, 1, 1, 2]
    tlzoo.bench_strategies("lp-ft", suite="suite.toml", seeds=3, against=[])
    assert calls == [0, 1, 1, 2]  # no result was lost behind the line that was cut off


@pytest.mark.usefixtures("folder")
def test_the_warm_up_is_short_and_its_features_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    recipes = []

    def computing(recipe, **_options):
        recipes.append(recipe)
        with _timing():
            time.sleep(0.01)

    told = Telling()
    suite = Path("suite.toml")
    suite.write_text(suite.read_text().replace("epochs = 1", "steps = 50"))
    monkeypatch.setattr(module, "train_recipe", computing)
    monkeypatch.setattr(module, "_measured", lambda *_: module._result(0.5, "accuracy", "share", 1.0, 0.25))
    found = tlzoo.bench_strategies("lp-ft", suite="suite.toml", seeds=1, against=[], progress=told)
    assert [(each.epochs, each.steps) for each in recipes] == [(1, None)]
    assert found.feature_seconds >= 0.26
    assert told.tracked == [("comparing strategies", 2, "runs", 2)]
    again = tlzoo.bench_strategies("lp-ft", suite="suite.toml", seeds=1, against=[])
    assert (again.feature_seconds, len(recipes)) == (found.feature_seconds, 1)


@pytest.mark.usefixtures("folder")
def test_a_strategy_that_fails_is_named_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_recipe, **_options):
        raise TrainingError("the loss is not finite")

    monkeypatch.setattr(module, "train_recipe", broken)
    assert main(["strategies", "bench", "lp-ft", "--suite", "suite.toml", "--against", "none", "--seeds", "1"]) == 1
    assert "lp-ft failed on rows 8 labels: the loss is not finite" in capsys.readouterr().out
    assert not Path("strategy-bench/measurements.jsonl").exists()


@pytest.mark.usefixtures("folder")
def test_an_error_of_a_case_is_reported_before_training(trained: list[str]) -> None:
    with Path("suite.toml").open("a") as stream:
        stream.write('[sets.missing]\ndata = "arrays:missing.npz"\nentries = ["identity.raw"]\n')
    with pytest.raises(TlzooError, match=r"missing\.npz"):
        tlzoo.bench_strategies("lp-ft", suite="suite.toml", seeds=1, against=[])
    assert trained == []


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("kind", [InstallError, DataError, RunError])
def test_an_error_that_is_not_of_the_strategy_is_not_a_failure(
    kind: type[TlzooError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_recipe, **_options):
        raise kind("not of the strategy")

    monkeypatch.setattr(module, "open_recipe", lambda *_, **__: None)
    monkeypatch.setattr(module, "train_recipe", broken)
    with pytest.raises(kind, match="not of the strategy"):
        tlzoo.bench_strategies("lp-ft", suite="suite.toml", seeds=1, against=[])


@pytest.mark.usefixtures("folder")
def test_scores_of_different_names_are_not_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(case, _strategy, _seed, _out):
        name = "R²" if case.name.startswith("other") else "accuracy"
        return module._result(0.5, name, "share", 1.0)

    monkeypatch.setattr(module, "open_recipe", lambda *_, **__: None)
    monkeypatch.setattr(module, "_warm_up", lambda *_: 0.0)
    monkeypatch.setattr(module, "_measured", measured)
    with Path("suite.toml").open("a") as stream:
        stream.write('[sets.other]\ndata = "arrays:rows.npz"\nentries = ["identity.raw"]\n')
    with pytest.raises(UsageError, match=r"different scores, accuracy of 'rows 8 labels' and R² of 'other'"):
        tlzoo.bench_strategies("lp-ft", suite="suite.toml", seeds=1, against=[])


@pytest.mark.usefixtures("folder")
def test_options_of_a_suite_reach_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    recipes = []

    def broken(recipe, **_options):
        recipes.append(recipe)
        raise TrainingError("enough")

    monkeypatch.setattr(module, "open_recipe", lambda *_, **__: None)
    monkeypatch.setattr(module, "train_recipe", broken)
    with Path("suite.toml").open("a") as stream:
        stream.write('head = {name = "mlp", units = [64]}\nmissing = {age = "drop"}\n')
    tlzoo.bench_strategies("lp-ft", suite="suite.toml", seeds=1, against=[])
    assert (recipes[0].head.options, recipes[0].missing) == ({"units": [64]}, {"age": "drop"})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["bench", "lp-fft"], "no strategy 'lp-fft'; did you mean 'lp-ft'"),
        (["bench", "./nothing.py:Mine"], "no file 'nothing.py'"),
        (["bench", "lp-ft", "--seeds", "101"], "seeds must be from 1 to 100; got 101"),
        (["bench", "lp-ft", "--suite", "nothing.toml"], "no suite 'nothing.toml'"),
        (["bench", "lp-ft", "--markdown", "nowhere/table.md"], "no folder 'nowhere' for --markdown; make it first"),
        (["bench", "--against", "none"], "no strategies to compare; give some"),
        (["lp-ft", "--seeds", "2"], "--seeds applies to `tlzoo strategies bench`"),
        (["lp-ft", "auto"], "one strategy is shown at a time; got lp-ft auto"),
        (["list", "auto"], "`tlzoo strategies list` takes no name"),
        (["show"], "`tlzoo strategies show` needs a name"),
    ],
)
def test_a_wrong_request_is_one_line(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["strategies", *words]) == 2
    assert message in capsys.readouterr().err


def test_a_list_is_shown_by_name_or_action(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies", "show", "lp-ft"]) == 0
    shown = capsys.readouterr().out
    assert main(["strategies", "lp-ft"]) == 0
    assert capsys.readouterr().out == shown


def test_numbers_of_seeds_are_checked_in_python() -> None:
    with pytest.raises(UsageError, match="seeds must be from 1 to 100; got 0"):
        tlzoo.bench_strategies("lp-ft", seeds=0)


def test_results_depend_on_the_code_of_a_registered_strategy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plugged.py").write_text(MINE)
    spec = importlib.util.spec_from_file_location("plugged", tmp_path / "plugged.py")
    plugged = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "plugged", plugged)
    spec.loader.exec_module(plugged)
    monkeypatch.setattr(module, "make_strategy", lambda _named: plugged.Mine())
    named = Named(name="mine")
    before = module._identity(named)
    assert module._identity(named) == before
    (tmp_path / "plugged.py").write_text(MINE + "# edited\n")
    assert module._identity(named) != before
