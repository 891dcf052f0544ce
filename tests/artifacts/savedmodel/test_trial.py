"""The second wall stops a process at files and sockets, and a module is tried behind it once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tlzoo.artifacts import load_inspected, using
from tlzoo.artifacts.savedmodel import describe_wall, remember, trial
from tlzoo.artifacts.savedmodel.inspection import Inspected, inspect
from tlzoo.artifacts.savedmodel.loading import private_copy
from tlzoo.artifacts.savedmodel.wall import landlock_version
from tlzoo.errors import BytesRefusedError
from tlzoo.progress import Silent

needs_landlock = pytest.mark.skipif(not landlock_version(), reason="this system has no Landlock")

BEHIND = """
import json, os, socket, sys
from pathlib import Path
from tlzoo.artifacts.savedmodel.wall import raise_wall, system_folders

raise_wall([*system_folders(), Path(sys.argv[1])])
said = []
for attempt in (
    lambda: open(f"{sys.argv[1]}/inside").read(),
    lambda: open(sys.argv[2]).read(),
    lambda: open(f"{sys.argv[1]}/written", "w"),
    lambda: os.unlink(f"{sys.argv[1]}/inside"),
    lambda: socket.socket(socket.AF_UNIX),
    lambda: socket.socket(),
    lambda: os.execv("/bin/true", ["true"]),
):
    try:
        said.append(str(attempt()))
    except PermissionError:
        said.append("denied")
print(json.dumps(said))
"""


class Notes(Silent):
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(trial.SWITCH, "on")
    monkeypatch.setattr(trial, "_said", False)
    progress = Notes()
    with using(progress=progress):
        yield progress.notes


@needs_landlock
def test_the_wall_denies_files_sockets_and_programs(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/inside").write_text("readable")
    (tmp_path / "outside").write_text("secret")
    python = [sys.executable, "-c", BEHIND, str(tmp_path / "folder"), str(tmp_path / "outside")]
    done = subprocess.run(python, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["readable", *["denied"] * 6]
    assert describe_wall() == f"Landlock {landlock_version()} and seccomp"


@needs_landlock
@pytest.mark.slow
def test_a_module_is_tried_once(benign, cache: Path, notes: list[str]) -> None:
    load_inspected(benign("vocabulary_table"), what="x")
    assert notes == ["x: first loading it behind the second wall …"]
    assert len(list((cache / "trials").iterdir())) == 1
    load_inspected(benign("vocabulary_table"), what="x")
    assert len(notes) == 1


@needs_landlock
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["reads at load", "writes at call"])
def test_a_module_that_passed_inspection_by_mistake_is_stopped(hostile, cache, notes: list[str], kind: str) -> None:
    folder, _ = hostile(kind)
    inspected = Inspected((folder / "saved_model.pb").read_bytes(), (), (), trusted=False)
    written = folder.with_name("written.txt")
    written.unlink(missing_ok=True)
    with (
        private_copy(folder, inspected, "x") as copy,
        pytest.raises(BytesRefusedError, match=r"by the second wall: .*denied"),
    ):
        trial.require_trial(copy, inspected, "x")
    assert not written.exists()


def test_a_note_names_platforms_without_a_sandbox(benign, cache, notes: list[str], monkeypatch) -> None:
    monkeypatch.setattr(trial, "landlock_version", lambda: 0)
    load_inspected(benign("hash_table"), what="x")
    load_inspected(benign("reusable"), what="x")
    assert notes == ["x: this system has no second wall (Landlock), so only inspection protects this machine"]


def test_a_failed_trial_is_reported(benign, cache: Path, notes: list[str], monkeypatch) -> None:
    monkeypatch.setattr(trial, "landlock_version", lambda: 1)
    monkeypatch.setattr(sys, "executable", "/not/there/python")
    load_inspected(benign("hash_table"), what="x")
    assert "the trial behind the second wall failed" in notes[1]
    assert not (cache / "trials").exists()


def test_own_exports_need_no_trial(benign, cache, notes: list[str]) -> None:
    remember(benign("vocabulary_table"), "x")
    load_inspected(benign("vocabulary_table"), what="x")
    assert notes == []


def test_other_bytes_need_another_trial(benign, cache) -> None:
    paths = {trial._passed(inspect(benign(kind), "x"), benign(kind) / "assets") for kind in ("reusable", "read_asset")}
    assert len(paths) == 2
