"""Run sets: the runs of several seeds or folds, their figures, interruption and verification."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_progress import Telling

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import BytesRefusedError, RunError, UsageError
from tlzoo.evaluation import mean_interval
from tlzoo.progress import Silent
from tlzoo.runs import Run, RunSet, verify_run
from tlzoo.runs.executing import train
from tlzoo.runs.files.hashes import finish_folder
from tlzoo.runs.files.result import result_text
from tlzoo.runs.observing.observers import NOBODY
from tlzoo.runs.opening import setup
from tlzoo.runs.run_sets import training
from tlzoo.runs.run_sets.folder import RunSetFolder

FIELDS: dict[str, Any] = {"backbone": "numeric/identity.raw", "strategy": "feature-extraction"}


def data() -> tuple[Any, Any]:
    draw = np.random.default_rng(0)
    labels = np.arange(60) % 3
    return (draw.normal(size=(60, 4)) + labels[:, np.newaxis]).astype(np.float32), labels


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> RunSet:
    return tlzoo.train(data(), seeds=2, out=tmp_path_factory.mktemp("seeds"), **FIELDS)


def test_a_run_of_a_set_is_the_run_of_its_seed(seeds: RunSet, tmp_path: Path) -> None:
    alone = tlzoo.train(data(), seed=1, export=[], out=tmp_path, **FIELDS)
    assert alone.test == seeds.runs[1].test
    assert seeds.runs[0].test != seeds.runs[1].test


@pytest.mark.slow
@pytest.mark.parametrize(("strategy", "loads"), [("feature-extraction", 1), ("fine-tune", 2)])
def test_runs_on_a_shared_backbone_have_the_weights_of_single_runs(
    strategy: str, loads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    load = setup.load_run_backbone

    def noted(recipe: Any, *words: Any) -> Any:
        loaded.append(recipe.backbone)
        return load(recipe, *words)

    monkeypatch.setattr(setup, "load_run_backbone", noted)
    images = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 1), dtype=np.uint8)
    given, fields = (images, np.arange(40) % 2), {"backbone": "glyphnet", "strategy": strategy, "epochs": 1}
    found = tlzoo.train(given, seeds=2, out=tmp_path, **fields)
    assert len(loaded) == loads
    alone = tlzoo.train(given, seed=1, export=[], out=tmp_path / "alone", **fields)
    assert alone.test == found.runs[1].test
    (last, *_), (other, *_) = (
        sorted(run.path.glob("checkpoints/*.npz"), reverse=True) for run in (alone, found.runs[1])
    )
    with np.load(last) as one, np.load(other) as shared:
        assert one.files == shared.files
        assert all((one[name] == shared[name]).all() for name in one.files)


def test_the_figures_are_those_of_the_runs(seeds: RunSet) -> None:
    values = [run.test["accuracy"] for run in seeds.runs]
    expected = mean_interval(values, bounds=(0.0, 1.0))
    assert seeds.mean["accuracy"] == expected.mean
    assert seeds.spread["accuracy"] == expected.spread
    assert seeds.interval["accuracy"] == (expected.interval and list(expected.interval))
    assert [each["accuracy"] for each in seeds.to_records()] == values


def test_runs_have_no_model_and_the_set_has_a_report(seeds: RunSet) -> None:
    assert seeds.runs[0].result["exported"] == {}
    assert not seeds.runs[0].path.joinpath("report.html").exists()
    assert f"{100 * seeds.mean['accuracy']:.1f} %" in seeds.report.html  # type: ignore[operator]


def test_every_document_is_verified(seeds: RunSet, tmp_path: Path) -> None:
    assert {each.hash for each in verify_run(seeds.path)} == {"ok"}
    assert {Path(each.run).name for each in verify_run(seeds.path)} == {seeds.path.name, "seed-0", "seed-1"}
    both = tmp_path / "both"
    shutil.copytree(seeds.path, both)
    (both / "recipe.toml").write_text("[broken")
    refused = [each for each in verify_run(both) if each.file == "recipe.toml" and each.run == str(both)]
    assert refused[0].inspection == "refused"
    for name in ("set.json", "result.json", "report.html"):
        copy = tmp_path / name / "copy"
        shutil.copytree(seeds.path, copy)
        (copy / name).write_text((copy / name).read_text().replace("0", "1"))
        assert "was changed" in str(verify_run(copy)[0].error)
        with pytest.raises(BytesRefusedError, match="was changed"):
            _ = RunSet(copy).result


def interrupted(monkeypatch: pytest.MonkeyPatch, out: Path, at: int) -> Path:
    """Return the folder of a set that is interrupted before its run number ``at``."""
    train: Callable[..., Run] = training.train_opened
    done: list[Run] = []

    def some(*words: Any, **named: Any) -> Run:
        if len(done) == at:
            raise KeyboardInterrupt
        done.append(train(*words, **named))
        return done[-1]

    monkeypatch.setattr(training, "train_opened", some)
    with pytest.raises(KeyboardInterrupt) as stopped:
        tlzoo.train(data(), seeds=2, out=out, **FIELDS)
    monkeypatch.undo()
    assert ("nothing was trained yet" if at == 0 else f"tlzoo resume {out}") in str(stopped.value)
    return next(iter(out.iterdir()), out)


def test_an_interrupted_set_is_resumed_to_the_same_figures(
    seeds: RunSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = interrupted(monkeypatch, tmp_path, 1)
    with pytest.raises(RunError, match="is not finished; resume it with"):
        _ = RunSet(path).result
    assert repr(RunSet(path)).startswith(f"<run set: {path} is not finished; resume it with")
    assert "is not finished" in RunSet(path)._repr_html_()
    (line,) = tlzoo.find_runs(tmp_path).to_records()
    assert (line["finished"], line["runs"]) == (False, 2)
    first = (path / "runs" / "seed-0" / "result.json").read_bytes()
    resumed = tlzoo.resume(path, data=data())
    assert isinstance(resumed, RunSet)
    assert (resumed.mean, resumed.interval) == (seeds.mean, seeds.interval)
    assert (path / "runs" / "seed-0" / "result.json").read_bytes() == first
    with pytest.raises(RunError, match="is finished; show it with"):
        tlzoo.resume(path, data=data())
    capsys.readouterr()


def test_the_failure_of_a_run_names_the_set_and_how_to_resume_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*words: Any, **named: Any) -> None:
        if done:
            raise RunError("the disk is full")
        finish(*words, **named)
        done.append(1)

    done: list[int] = []
    finish = train.finish
    told = Telling()
    monkeypatch.setattr(train, "finish", failing)
    with pytest.raises(RunError, match="the disk is full"):
        tlzoo.train(data(), seeds=2, out=tmp_path, progress=told, **FIELDS)
    (path,) = tmp_path.iterdir()
    advice = [each for each in told.notes if "tlzoo resume" in each]
    assert advice == [f"seed-1 of the run set {path} failed; fix the error, then resume with `tlzoo resume {path}`"]
    monkeypatch.undo()
    _refused_as_a_run(path)


def _refused_as_a_run(path: Path) -> None:
    said = f"{path} is a set of 2 runs, not a run; give one of them, such as {path / 'runs' / 'seed-0'}"
    verbs: tuple[Callable[[Path], Any], ...] = (tlzoo.load_run, tlzoo.evaluate, lambda run: tlzoo.predict(run, [0.0]))
    for verb in verbs:
        with pytest.raises(RunError) as refused:
            verb(path)
        assert str(refused.value) == said


def test_a_set_that_trained_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(monkeypatch, tmp_path, 0)
    assert not list(tmp_path.iterdir())


def test_a_run_of_another_recipe_is_not_taken_over(
    seeds: RunSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = interrupted(monkeypatch, tmp_path, 1)
    shutil.rmtree(path / "runs" / "seed-0")
    shutil.copytree(seeds.runs[1].path, path / "runs" / "seed-0")
    with pytest.raises(BytesRefusedError, match="is not the recipe of this set"):
        tlzoo.resume(path, data=data())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"seeds": 1}, "seeds must be from 2 to 1000; got 1; for one run, leave out seeds"),
        ({"folds": 1001}, "folds must be from 2 to 1000; got 1001"),
        ({"seeds": 2, "folds": 2}, "give either seeds or folds"),
        ({"folds": 2, "fold": "1/2"}, "the recipe has one fold"),
        ({"fold": "3/2"}, "'3/2' is not a fold"),
    ],
)
def test_invalid_sets_are_refused_in_one_line(arguments: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        tlzoo.train(data(), out=tmp_path, **FIELDS, **arguments)
    assert said in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_folds_need_samples(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no labelled samples"):
        tlzoo.train("gym:CartPole-v1", backbone="cartpole", folds=2, out=tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"interval": {"accuracy": [0.5], "macro_f1": [0.0, 1.0]}},
        {"seconds": None},
        {"backbone": None},
        {"strategy": 3},
        {"units": {}},
        {"test_split": 1},
    ],
)
def test_a_damaged_set_does_not_stop_the_list(
    seeds: RunSet, tmp_path: Path, change: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(seeds.path, copy)
    result = json.loads((copy / "result.json").read_text()) | change
    finish_folder(copy, result_text(result), outside=("runs",))
    assert main(["runs", "--out", str(tmp_path), "--json"]) == 0
    (line,) = json.loads(capsys.readouterr().out)
    assert "is damaged" in line["error"]
    assert main(["runs", "--out", str(tmp_path)]) == 0
    assert "is damaged" in repr(RunSet(copy))
    assert main(["runs", "show", str(copy)]) == 4
    assert "is damaged" in capsys.readouterr().err


def test_a_resumed_set_is_never_removed(tmp_path: Path) -> None:
    trainer = training._Trainer(RunSetFolder(tmp_path / "set"), [], [], 2, Silent(), NOBODY)
    trainer.folder.path.mkdir()
    assert not trainer._remove_if_untrained()
    assert "tlzoo resume" in trainer._after_interruption()
    assert trainer.folder.path.is_dir()
