"""Files that a run writes in place: a link of any kind would change a file elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tlzoo.errors import BytesRefusedError, RunError
from tlzoo.runs import RunFolder
from tlzoo.runs.files.hashes import finish_folder
from tlzoo.runs.files.journal import Journal, repair_lines
from tlzoo.runs.opening.origin import _last_phase
from tlzoo.runs.recipe import Recipe


@pytest.fixture
def thesis(tmp_path: Path) -> Path:
    path = tmp_path / "thesis.txt"
    path.write_text("years of work")
    return path


def test_a_lock_that_is_a_hard_link_does_not_empty_a_file(tmp_path: Path, thesis: Path) -> None:
    os.link(thesis, tmp_path / ".lock")
    with pytest.raises(BytesRefusedError, match=r"\.lock is a hard link"), RunFolder(tmp_path).lock():
        pass
    assert thesis.read_text() == "years of work"


def test_a_lock_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".lock")
    with pytest.raises(BytesRefusedError, match=r"\.lock is not a regular file"), RunFolder(tmp_path).lock():
        pass


def test_a_journal_that_is_a_hard_link_is_read_but_not_written(tmp_path: Path) -> None:
    whole = b'{"event": "told", "text": "a"}\n'
    outside, path = tmp_path / "outside.jsonl", tmp_path / "journal.jsonl"
    outside.write_bytes(whole + b'{"half')
    os.link(outside, path)
    journal = Journal(path)
    assert len(journal.events) == 1
    with pytest.raises(BytesRefusedError, match=r"journal\.jsonl is a hard link"):
        journal.append("told", text="b")
    with pytest.raises(BytesRefusedError):
        repair_lines(path)
    assert outside.read_bytes() == whole + b'{"half'


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("set.json", "a set of several runs, not a run, and nothing is trained yet"),
        ("tuning.json", "a search, not a run, and its best recipe is not trained yet"),
    ],
)
def test_an_interrupted_set_or_search_is_not_a_run(tmp_path: Path, document: str, said: str) -> None:
    folder = tmp_path / "two words"
    folder.mkdir()
    (folder / document).touch()
    with pytest.raises(RunError) as refused:
        RunFolder.find(folder)
    assert str(refused.value) == f"{folder} is {said}; train it with `tlzoo resume '{folder}'`"


@pytest.mark.parametrize(
    "lines",
    [
        "",
        '{"event": "plan", "position": 0, "digest": "d", "plan": {}}\n',
    ],
    ids=["no result", "no phase"],
)
def test_a_journal_without_the_kept_phase_is_refused(tmp_path: Path, monkeypatch, lines: str) -> None:
    monkeypatch.setattr("tlzoo.runs.files.journal.check_events", lambda *_: None)
    (tmp_path / "journal.jsonl").write_text(lines)
    recipe = Recipe(data="digits:", backbone="glyphnet")
    with pytest.raises(BytesRefusedError, match="no phase wrote the final checkpoint 'phase-01'"):
        _last_phase(RunFolder(tmp_path), {"checkpoint": "phase-01"}, recipe)


def finished(folder: Path) -> RunFolder:
    """Write the files of a finished run that no verb needs TensorFlow for."""
    (folder / "recipe.toml").write_text('data = "digits:"\n')
    (folder / "serving").mkdir()
    for name in ("serving/saved_model.pb", "report.html"):
        (folder / name).write_text("as it was")
    finish_folder(folder, "{}")
    return RunFolder(folder)


@pytest.mark.parametrize("name", ["serving/saved_model.pb", "report.html"])
def test_a_changed_file_is_refused_by_verbs_that_do_not_open_it(tmp_path: Path, name: str) -> None:
    run = finished(tmp_path)
    RunFolder.open(run.path, "checkpoints")
    (tmp_path / name).write_text("exchanged")
    with pytest.raises(BytesRefusedError, match=f"{name} was changed: it has sha256:"):
        RunFolder.open(run.path, "checkpoints")


def test_files_that_are_not_opened_may_be_removed_or_added(tmp_path: Path) -> None:
    run = finished(tmp_path)
    (tmp_path / "serving" / "saved_model.pb").unlink()
    (tmp_path / "notes.txt").write_text("mine")
    RunFolder.open(run.path, "checkpoints")
    with pytest.raises(BytesRefusedError, match=r"saved_model\.pb is missing"):
        RunFolder.open(run.path, "serving")
