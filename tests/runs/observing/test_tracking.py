"""Trackers that block, and runs that are interrupted while a tracker works."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tlzoo.runs.files.journal import Journal
from tlzoo.runs.observing.tracking import Tracking
from tlzoo.trackers import TrackedRun, Tracker


class Slow(Tracker):
    """Block in one method until ``released`` is set; record the others and their threads."""

    name: ClassVar[str] = "slow"
    seconds_to_answer: ClassVar[float] = 0.2
    released: ClassVar[threading.Event] = threading.Event()
    called: ClassVar[list[Any]] = []
    blocks: str = ""

    def start(self, run, key):
        self._hear("start")

    def log_epoch(self, phase, epoch, step, figures):
        self._hear("log_epoch")

    def finish(self, status):
        self._hear(f"finish {status}")

    def _hear(self, method):
        self.called.append((method, threading.current_thread().name))
        if method.partition(" ")[0] == self.blocks:
            self.released.wait(60)


@pytest.fixture(autouse=True)
def released():
    Slow.called.clear()
    Slow.released.clear()
    yield
    Slow.released.set()


def started(tracker: Tracker, folder: Path, notes: list[str]) -> Tracking:
    tracking = Tracking([tracker], notes.append)
    tracking.start(TrackedRun("a", folder, {}), Journal(folder / "journal.jsonl"), epochs=0)
    return tracking


@pytest.mark.parametrize("blocks", ["start", "log_epoch", "finish"])
def test_a_tracker_that_blocks_is_dropped_after_its_time(blocks: str, tmp_path: Path) -> None:
    notes: list[str] = []
    began = time.monotonic()
    tracking = started(Slow(blocks=blocks), tmp_path, notes)
    for epoch in (1, 2):
        tracking.log_epoch({"phase": "head", "epoch": epoch, "loss": 1.0})
    tracking.finish("finished")
    assert time.monotonic() - began < 5
    assert notes == ["the tracker slow failed; the run continues without it: no answer after 0.2 s"]
    assert len([each for each, _ in Slow.called if each.partition(" ")[0] == blocks]) == 1


def test_all_calls_are_in_one_thread_which_ends(tmp_path: Path) -> None:
    tracking = started(Slow(), tmp_path, [])
    tracking.log_epoch({"phase": "head", "epoch": 1, "loss": 1.0})
    tracking.finish("finished")
    assert [each for each, _ in Slow.called] == ["start", "log_epoch", "finish finished"]
    assert {thread for _, thread in Slow.called} == {"tlzoo tracker slow"}
    for _ in range(100):
        if all(each.name != "tlzoo tracker slow" for each in threading.enumerate()):
            break
        time.sleep(0.02)
    else:
        pytest.fail("the thread does not end")


class Patient(Slow):
    seconds_to_answer: ClassVar[float] = 30.0


def test_ctrl_c_while_a_tracker_works_ends_the_tracked_run(tmp_path: Path) -> None:
    notes: list[str] = []
    tracking = started(Patient(blocks="log_epoch"), tmp_path, notes)
    threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
    threading.Timer(0.4, Slow.released.set).start()
    with pytest.raises(KeyboardInterrupt):
        tracking.log_epoch({"phase": "head", "epoch": 1, "loss": 1.0})
    tracking.finish("interrupted")
    assert [each for each, _ in Slow.called] == ["start", "log_epoch", "finish interrupted"]
    assert notes == []
