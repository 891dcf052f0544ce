"""The checks of trackers: the core's pass or say what is missing, and each fault fails at the check that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlzoo.cli import main
from tlzoo.testing import check_tracker
from tlzoo.testing.by_name import checks_of

TRACKERS = '''
from typing import ClassVar

from tlzoo.trackers import Tracker


class Sound(Tracker):
    """Nothing is kept."""

    name = "sound"

    def start(self, run, key):
        return None

    def log_epoch(self, phase, epoch, step, figures):
        pass


class Nameless(Sound):
    """It has no name."""

    name = ""


class Strict(Sound):
    """It does not take figures that are not finite."""

    def log_epoch(self, phase, epoch, step, figures):
        assert all(value == value for value in figures.values())


class Rewrites(Sound):
    """It changes files of the run."""

    def log_file(self, path, kind):
        path.write_text("")


class Forgets(Sound):
    """It begins a new run on every start."""

    starts: ClassVar[list] = []

    def start(self, run, key):
        self.starts.append(key)
        return str(len(self.starts))


class Away(Sound):
    """Its server is not there."""

    def start(self, run, key):
        raise ConnectionError("no server")
'''


@pytest.mark.parametrize(
    ("name", "failed", "skipped"),
    [
        ("Sound", [], []),
        ("Nameless", ["is-described"], ["follows-a-run", "goes-on-with-a-run"]),
        ("Strict", ["follows-a-run"], ["goes-on-with-a-run"]),
        ("Rewrites", ["follows-a-run"], ["goes-on-with-a-run"]),
        ("Forgets", ["goes-on-with-a-run"], []),
        ("Away", [], ["follows-a-run", "goes-on-with-a-run"]),
    ],
)
def test_each_fault_fails_at_its_check(name: str, failed: list[str], skipped: list[str], tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(TRACKERS)
    report = checks_of(f"{file}:{name}")(lambda _: None)
    outcomes = {kind: [each.name for each in report.results if each.outcome == kind] for kind in ("failed", "skipped")}
    assert outcomes == {"failed": failed, "skipped": skipped}


def test_trackers_of_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert [each.outcome for each in check_tracker("tensorboard").results] == ["passed"] * 3
    mlflow = check_tracker("mlflow").results
    assert [each.outcome for each in mlflow] == ["passed", "skipped", "skipped"]
    assert "MLFLOW_TRACKING_URI is not set" in mlflow[1].reason


def test_the_command_checks_a_tracker_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text(TRACKERS)
    assert main(["check", f"{file}:Sound"]) == 0
    assert "goes-on-with-a-run" in capsys.readouterr().out
