"""The time of the suite is printed by folder and tier."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # as for a script of this folder

import suite

TESTS = """
import subprocess, sys

import pytest

@pytest.mark.slow
def test_a():
    code = "import time\\nwhile time.process_time() < 0.2: pass"
    subprocess.run([sys.executable, "-c", code], check=True)

def test_b():
    assert 0

@pytest.mark.skip(reason="a test")
def test_c():
    pass
"""


@pytest.mark.parametrize(
    ("test", "folder"),
    [
        ("tests/data/deep/test_a.py::b[c/d]", "tests/data"),
        ("tests/test_a.py::b", "tests"),
        ("plugins/tlzoo-rl/tests/test_a.py::b", "plugins/tlzoo-rl/tests"),
    ],
)
def test_folder_of_a_test(test: str, folder: str) -> None:
    assert suite.Time(test, 1.0, 1.0, slow=False).folder == folder


def test_seconds_are_summed_by_folder_and_tier(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "times.jsonl"
    times = [
        ("tests/data/test_a.py::a[README.md]", 1.0, 2.5, False, "passed"),
        ("tests/data/test_a.py::b", 2.0, 4.5, False, "failed"),
        ("tests/runs/test_a.py::c", 8.0, 16.0, True),
    ]
    record.write_text("".join(json.dumps(time) + "\n" for time in times))
    assert suite.main(["--file", str(record)]) == 0
    lines = [line.replace("│", " ").split() for line in capsys.readouterr().out.splitlines()]
    assert ["tests/data", "2", "7.0", "3.0", "0", "0.0", "0.0"] in lines
    assert ["total", "2", "7.0", "3.0", "1", "16.0", "8.0"] in lines
    assert lines.index(["16.0", "8.0", "slow", "tests/runs/test_a.py::c"]) < lines.index(
        ["2.5", "1.0", "quick", "tests/data/test_a.py::a[README.md]"]
    )


def test_a_run_records_time_tier_and_outcome_of_each_test(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    (tmp_path / "test_a.py").write_text(TESTS)
    script = Path(__file__).with_name("suite.py")
    command = [sys.executable, str(script), "--record=times", "--all", "--", "-c", "pytest.ini", "-n0"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr + done.stdout
    times = [json.loads(line) for line in (tmp_path / "times").read_text().splitlines()]
    assert [(name, slow, outcome) for name, _, _, slow, outcome in times] == [
        ("test_a.py::test_a", True, "passed"),
        ("test_a.py::test_b", False, "failed"),
        ("test_a.py::test_c", False, "skipped"),
    ]
    _, cpu, wall, *_ = times[0]
    assert cpu > 0.15  # of the process that the test started, in ticks of the system's clock
    assert wall > 0.15
