"""A few random kills of every command; ``tests/benchmarks/kills.py`` does many."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path

import pytest
from fork_server import ForkServer

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not on the path: it makes the environments"),
]


def test_commands_end_as_if_they_had_not_been_killed(
    tmp_path: Path, fork_server: ForkServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    kills = importlib.import_module("kills")
    # Cheaper than the default: one phase in place of three, and one exported file; test_resume.py has more phases.
    cheap = ("--strategy", "feature-extraction", "-S", "solver=gradient", "--export", "keras")
    monkeypatch.setattr(kills, "TRAIN", (*kills.TRAIN, *cheap))
    arguments = kills.parsed(["--kills", "7", "--a-round", "1", "--folder", str(tmp_path)])
    assert kills.go(arguments, fork_server) == 0, capsys.readouterr().out
    rounds = [json.loads(line) for line in (tmp_path / "kills.jsonl").read_text().splitlines()]
    assert {each["command"] for each in rounds} == {"train", "tune", "rank", "fetch", "publish", "plugins", "cache"}
    assert sum(each["kills"] for each in rounds) >= 7
