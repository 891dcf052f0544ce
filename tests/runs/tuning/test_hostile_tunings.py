"""Folders of tunings that someone made to do harm are refused before anything of them runs."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tlzoo.cli
from tlzoo.artifacts.hashing import digest
from tlzoo.errors import BytesRefusedError, RunError
from tlzoo.progress import Silent
from tlzoo.runs import Tuning, open_recipe, read_recipe
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.hashes import files_in, finish_folder, write_hashes
from tlzoo.runs.opening.data_changes import describe_data
from tlzoo.runs.tuning import Range
from tlzoo.runs.tuning.search import Search


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a search in which nothing was tried yet."""
    random = np.random.default_rng(0)
    np.savez(tmp_path / "two.npz", x=random.integers(0, 255, (40, 12, 12), np.uint8), y=np.repeat([0, 1], 20))
    recipe = {"data": f"arrays:{tmp_path / 'two.npz'}", "backbone": "glyphnet", "strategy": {"name": "fine-tune"}}
    opened = open_recipe(read_recipe(None, recipe), Silent())
    about = {
        "recipe": opened.recipe.model_dump(mode="json", exclude_none=True),
        "space": {"strategy.weight_decay": "0.001..0.3:log"},
        "data": describe_data(opened.data),
        "trials": 1,
    }
    folder = tmp_path / "tuning"
    folder.mkdir()
    (folder / "tuning.json").write_text(json.dumps(about))
    (tmp_path / "outside.txt").write_text("years of work")
    return folder


def changed(folder: Path, **changes: Any) -> None:
    about = json.loads((folder / "tuning.json").read_text())
    (folder / "tuning.json").write_text(json.dumps(about | changes))


def names_a_file(folder: Path) -> None:
    (folder / "evil.py").write_text(f"open({str(folder / 'marker')!r}, 'w')\n")
    recipe = json.loads((folder / "tuning.json").read_text())["recipe"]
    changed(folder, recipe=recipe | {"strategy": {"name": f"{folder}/evil.py:Evil"}})


HARMS: dict[str, tuple[Callable[[Path], object], str]] = {
    "the study is a link": (lambda it: (it / "study.jsonl").symlink_to(it.parent / "outside.txt"), "study.jsonl is a"),
    "the lock is a link": (lambda it: (it / ".lock").symlink_to(it.parent / "outside.txt"), ".lock is a link"),
    "a list": (lambda it: (it / "tuning.json").write_text("[1,2]"), "tuning.json is damaged"),
    "nested": (lambda it: (it / "tuning.json").write_text("[" * 5000), "tuning.json has more than"),
    "a file names the class": (names_a_file, "evil.py:Evil is code in"),
    "the space has the strategy": (
        lambda it: changed(it, space={"strategy": "./evil.py:Evil"}),
        "cannot tune 'strategy'",
    ),
    "the space has the seed": (lambda it: changed(it, space={"seed": "1,2"}), "cannot tune 'seed'"),
    "the data is of other types": (lambda it: changed(it, data={"fingerprint": 7}), "tuning.json is damaged"),
    "the study has other lines": (lambda it: (it / "study.jsonl").write_text('{"a": 1}\n'), "study.jsonl is damaged"),
    "the study is deep": (lambda it: (it / "study.jsonl").write_text("[" * 5000 + "\n"), "study.jsonl, line 1,"),
}


@pytest.mark.parametrize("name", list(HARMS))
def test_a_hostile_tuning_is_refused(folder: Path, name: str) -> None:
    change, said = HARMS[name]
    change(folder)
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        code = tlzoo.cli.main(["tune", "--resume", str(folder), "--quiet"])
    assert code == 4, err.getvalue()
    assert said in err.getvalue()
    assert (folder.parent / "outside.txt").read_text() == "years of work"
    assert not (folder / "marker").exists()


def test_a_trial_of_an_unsearched_option_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "study.jsonl"
    search = Search(file, {"rate": Range(1e-3, 1.0)}, seed=0)
    trial = search.ask({"rate": 0.1})
    trial.asked.set_user_attr("tried", json.dumps({"number": 0, "values": {"strategy": "x.py:X"}, "score": 1.0}))
    search._study.tell(trial.asked, 1.0)
    with pytest.raises(BytesRefusedError, match=r"study\.jsonl is damaged"):
        search.tried()


def test_a_changed_file_of_a_finished_search_is_refused(folder: Path) -> None:
    (folder / "best.toml").write_text("")
    write_hashes(folder, {name: digest(folder / name) for name in files_in(folder)})
    (folder / "best.toml").write_text("seed = 1")
    with pytest.raises(BytesRefusedError, match=r"best\.toml was changed"):
        tlzoo.tune(resume=folder)


def test_a_search_that_another_process_works_on_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunFolder(folder).lock():
        assert tlzoo.cli.main(["tune", "--resume", str(folder), "--quiet"]) == 1
    assert capsys.readouterr().err == f"tlzoo: another process is using {folder}; wait for that process, or stop it\n"


@pytest.fixture
def finished(folder: Path) -> Path:
    """The folder of a finished search: its documents, and a run that looks finished, each with hashes."""
    run = folder / "best" / "run"
    run.mkdir(parents=True)
    (run / "recipe.toml").write_text("seed = 0\n")
    finish_folder(run, "{}")
    (folder / "best.toml").write_text('data = "digits:"\nbackbone = "glyphnet"\n')
    finish_folder(folder, json.dumps({"run": "best/run"}), outside=("best", "trials"))
    return folder


def test_a_finished_search_is_compared_with_its_hashes_when_it_is_opened(finished: Path) -> None:
    assert Tuning(finished).run.path == finished / "best" / "run"
    assert Tuning(finished).recipe.backbone == "glyphnet"
    assert Tuning(finished).result["run"] == str(finished / "best" / "run")


@pytest.mark.parametrize("name", ["result.json", "best.toml", "best/run/recipe.toml"])
def test_a_changed_file_of_a_finished_search_is_refused_when_it_is_opened(finished: Path, name: str) -> None:
    (finished / name).write_text((finished / name).read_text() + " ")
    with pytest.raises(BytesRefusedError, match=name.replace(".", r"\.")):
        assert Tuning(finished).result


def test_the_run_of_a_tuning_lies_within_it(folder: Path) -> None:
    (folder / "result.json").write_text(json.dumps({"run": "/elsewhere/run"}))
    with pytest.raises(RunError, match="has no run 'run'"):
        assert Tuning(folder).run
