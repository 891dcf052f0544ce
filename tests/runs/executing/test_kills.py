"""A few random kills of every command; ``tests/benchmarks/kills.py`` does many."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = Path(__file__).parents[2] / "benchmarks" / "kills.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not on the path: it makes the environments"),
]


def test_commands_end_as_if_they_had_not_been_killed(tmp_path: Path) -> None:
    command = [sys.executable, KILLS, "--kills", "7", "--a-round", "1", "--folder", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rounds = [json.loads(line) for line in (tmp_path / "kills.jsonl").read_text().splitlines()]
    assert {each["command"] for each in rounds} == {"train", "tune", "rank", "fetch", "publish", "plugins", "cache"}
    assert sum(each["kills"] for each in rounds) >= 7
