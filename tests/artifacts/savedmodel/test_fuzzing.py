"""Mutants of SavedModels touch no files that are not theirs: a short run of the fuzzer in tests/benchmarks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

FUZZER = Path(__file__).parents[2] / "benchmarks" / "fuzz_saved_models.py"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="inotify is of Linux")
def test_mutants_are_refused_or_harmless() -> None:
    command = [sys.executable, str(FUZZER), "--count", "50", "--seed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no findings" in done.stdout
    counts = {name: int(count) for name, count in re.findall(r"'([\w ]+)': (\d+)", done.stdout)}
    assert sum(counts.values()) == 50
    assert counts["refused"] > 15
    assert counts["loaded"] > 1
    assert "crashed" not in counts
