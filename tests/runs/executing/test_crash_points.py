"""Every change to the disk that a run makes is a place where its process may die; what is left is old or new, not half.

See ``crashing.py`` for how: real processes, killed before each change in turn, their locks gone with them.
"""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tlzoo.errors import BytesRefusedError
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.training.checkpoints import Checkpoints

CRASHING = Path(__file__).with_name("crashing.py")


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What was found after a crash at each point of each scenario, without repeats."""
    command = [sys.executable, str(CRASHING), str(tmp_path_factory.mktemp("crashes"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert all(len(each) > 3 for each in found.values())  # every work has that many points at least
    return {name: [state for state, _ in itertools.groupby(each)] for name, each in found.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("file", ["old", "new"]),
        ("first checkpoint", ["none", "new"]),
        ("checkpoint", ["old", "new"]),
        ("model", ["old", "new"]),
        ("folder", ["old", "none", "new"]),
        ("published", ["old", "new"]),
        ("removal", ["old", "none"]),
        ("features", ["none", "new"]),
        ("damaged features", ["old", "none", "new"]),
        ("journal", ["1", "2", "3"]),
    ],
)
def test_after_a_crash_there_is_the_old_or_the_new(
    states: dict[str, list[str]], scenario: str, expected: list[str]
) -> None:
    assert states[scenario] == expected


@pytest.mark.slow
def test_a_strategy_continues_from_a_crash_at_any_point(states: dict[str, list[str]]) -> None:
    found = states["strategy"]
    assert found[0] == "0 events, 0 lines"
    assert found[-1] == "4 events, 2 lines"


@pytest.mark.parametrize("kind", [Journal, MetricsFile])
def test_a_missing_number_is_loaded_as_none(tmp_path: Path, kind: type[Journal]) -> None:
    path = tmp_path / "lines.jsonl"
    words = ("event",) if kind is Journal else ()
    kind(path).append(*words, loss=float("nan"), score=float("-inf"))
    again = kind(path)
    (line,) = again.events if kind is Journal else again.lines  # type: ignore[attr-defined]
    assert str(line["loss"]) == "nan"
    assert line["score"] == float("-inf")


def test_a_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    script = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from tlzoo.runs.files.journal import Journal
journal = Journal(Path(sys.argv[1]))
journal.append("first")
resource.setrlimit(resource.RLIMIT_FSIZE, (50, 100))
try:
    journal.append("second", text="x" * 60)
except OSError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
journal.append("third")
"""
    path = tmp_path / "journal.jsonl"
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert "No space left" in done.stdout or "File too large" in done.stdout
    assert [event["event"] for event in Journal(path).events] == ["first", "third"]


@pytest.mark.parametrize("place", ["cut short", "one bit", "empty"])
def test_a_damaged_checkpoint_is_reported_by_name(tmp_path: Path, place: str) -> None:
    Checkpoints(tmp_path, {}).save("phase-01", None, {"epochs": 1})
    path = tmp_path / "phase-01.npz"
    content = bytearray(path.read_bytes())
    if place == "cut short":
        os.truncate(path, len(content) // 2)
    elif place == "empty":
        os.truncate(path, 0)
    else:
        content[content.index(b"epochs")] ^= 1
        path.write_bytes(content)
    with pytest.raises(BytesRefusedError, match=r"the checkpoint phase-01\.npz cannot be read"):
        Checkpoints(tmp_path, {}).load("phase-01")


def test_a_checkpoint_with_an_object_is_not_unpickled(tmp_path: Path) -> None:
    Checkpoints(tmp_path, {}).save("phase-01", {"0": np.zeros(2)}, {"epochs": 1})
    with np.load(tmp_path / "phase-01.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    np.savez(tmp_path / "phase-01.npz", **arrays | {"x:0": np.array([Pickled(tmp_path / "touched")], object)})
    with pytest.raises(BytesRefusedError, match=r"phase-01\.npz"):
        Checkpoints(tmp_path, {}).load("phase-01")
    assert not (tmp_path / "touched").exists()


class Pickled:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))
