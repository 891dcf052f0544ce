"""Several processes that write to one place at once end right, or say in a line why they wait or refuse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

COUNT = 8
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """What eight processes at once left in each place; ``raised`` has a text for each process."""
    folder = tmp_path_factory.mktemp("raced")
    environment = {
        **os.environ,
        "TLZOO_CACHE": str(folder / "cache"),
        "TLZOO_SETTINGS": str(folder / "settings"),
        "TLZOO_LOCK": str(folder / "settings" / "tlzoo.lock"),
    }
    (folder / "work").mkdir()
    command = [sys.executable, str(Path(__file__).with_name("racing.py")), str(folder / "work")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


@pytest.mark.parametrize("place", ["settings", "lock file", "own registry", "runs", "files", "cache"])
def test_nobody_fails(raced, place: str) -> None:
    assert set(raced[1][place]["raised"]) == {""}


def test_no_setting_is_lost(raced) -> None:
    assert (raced[1]["settings"]["disabled"], raced[1]["settings"]["records"]) == (COUNT, COUNT)
    assert raced[1]["lock file"]["pins"] == COUNT


def test_no_user_entry_is_lost(raced) -> None:
    found = raced[1]["own registry"]
    assert found["entries"] == COUNT + 1
    assert found["figures"] == list(range(1, COUNT + 1))


def test_one_name_is_given_once(raced) -> None:
    folder, found = raced
    path = folder / "settings" / "registry.toml"
    assert found["own registry"]["twice"] == [
        "",
        f"{path} already has an entry 'local/same.v1'; choose another name, or remove that entry",
    ]


def test_each_run_has_a_folder_of_its_own_and_one_process(raced) -> None:
    assert raced[1]["runs"]["runs"] == COUNT
    first, second = raced[1]["runs"]["refused"]
    assert first == ""
    assert second.startswith("another process is using ")
    assert second.endswith("; wait for that process, or stop it")


def test_a_file_and_a_folder_are_complete(raced) -> None:
    assert (raced[1]["files"]["text"], raced[1]["files"]["folder"]) == (True, True)
    assert raced[1]["files"]["left"] == []


def test_features_are_computed_once(raced) -> None:
    assert raced[1]["cache"]["computed"] == "x"


def test_a_waiting_process_reports_it_and_gives_up(raced) -> None:
    folder, found = raced
    held = folder / "work" / "held"
    assert found["waiting"]["said"] == [
        "",
        f"['waiting for another process that is writing {held}']: another process has been writing {held} for 1.2 s; "
        "wait for that process, or stop it",
    ]
