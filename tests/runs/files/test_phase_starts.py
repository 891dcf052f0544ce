"""The order of phases in a journal: alternatives start from the same phase, and some are discarded."""

from __future__ import annotations

from pathlib import Path

from tlzoo.runs.files.journal import Journal
from tlzoo.runs.files.phase_starts import read_phase_starts
from tlzoo.runs.history import History


def journal(path: Path, *starts: str, kept: str | None = None) -> Journal:
    lines = Journal(path)
    plan = {"mode": "live", "cut": None, "units": 1, "batch_size": 8, "cache_bytes": 0, "trained": 1, "reason": ""}
    result = {"score": 0.5, "noise": 0.1, "metrics": {}, "stopped": "budget", "units": 1, "seconds": 1.0, "audited": {}}
    for position, start in enumerate(starts, start=1):
        phase = {"name": f"p{position}", "start": start}
        lines.append("plan", position=position, digest="0" * 64, phase=phase, plan=plan)
        found = {**result, "phase": phase["name"], "checkpoint": f"phase-{position:02d}"}
        lines.append("result", position=position, result=found)
    if kept is not None:
        lines.append("kept", checkpoint=kept, phase="p")
    return Journal(path)


def test_alternatives_start_from_the_same_phase(tmp_path: Path) -> None:
    found = read_phase_starts(journal(tmp_path / "journal.jsonl", "initial", "phase-01", "phase-01", kept="phase-02"))
    assert found.starts == {1: -1, 2: 1, 3: 1}
    assert found.discarded == {3}


def test_nothing_is_discarded_before_the_end(tmp_path: Path) -> None:
    found = read_phase_starts(journal(tmp_path / "journal.jsonl", "initial", "initial"))
    assert found.starts == {1: -1, 2: -1}
    assert not found.discarded


def test_alternatives_are_drawn_from_the_same_epoch() -> None:
    lines = [
        {"phase": name, "position": at, "epoch": epoch, "loss": 0.5}
        for at, name in ((1, "a"), (2, "b"))
        for epoch in (1, 2)
    ]
    plots = [History(tuple(lines)).plot(starts=starts).svg for starts in (None, {1: -1, 2: 1}, {1: -1, 2: -1})]
    assert plots[0] == plots[1] != plots[2]
    assert "a, b" in plots[2]
    assert "b (discarded)" in History(tuple(lines)).plot(undone={2}).svg
