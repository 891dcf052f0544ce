"""The feature store, shared by processes that are real; TensorFlow is nowhere in it."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tlzoo.training.frozen import store as store_module
from tlzoo.training.frozen.feature_set import ABOUT
from tlzoo.training.frozen.store import FeatureStore, StoreError, time_computations

KEY = "0" * 64
SHAPES, DTYPES = ((3,), (2, 2)), ("float32", "float16")
ROWS = 10


class Computing:
    """Yields known batches, and counts how often it was asked to."""

    def __init__(self, rows: int = ROWS) -> None:
        self.calls = 0
        self.rows = rows

    def __call__(self) -> Iterator[list[np.ndarray]]:
        self.calls += 1
        for begin in range(0, self.rows, 4):
            size = min(4, self.rows - begin)
            yield [
                np.arange(begin, begin + size, dtype="float32")[:, None] * np.ones(3, "float32"),
                np.full((size, 2, 2), begin, "float16"),
            ]


def take(folder: Path, computing: Computing, key: str = KEY) -> list[np.ndarray]:
    return FeatureStore(folder).arrays(key, ROWS, SHAPES, DTYPES, computing, "squares by small")


def test_computed_features_are_reused(tmp_path: Path) -> None:
    computing = Computing()
    first, again = take(tmp_path, computing), take(tmp_path, computing)
    assert computing.calls == 1
    assert first[0][:, 0].tolist() == list(range(ROWS))
    assert [each.shape for each in again] == [(ROWS, 3), (ROWS, 2, 2)]
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))


def test_only_the_computation_of_missing_features_is_timed(tmp_path: Path) -> None:
    def slow() -> Iterator[list[np.ndarray]]:
        time.sleep(0.05)
        yield from Computing()()

    with time_computations() as first:
        FeatureStore(tmp_path).arrays(KEY, ROWS, SHAPES, DTYPES, slow)
    with time_computations() as again:
        FeatureStore(tmp_path).arrays(KEY, ROWS, SHAPES, DTYPES, slow)
    assert first.seconds >= 0.05
    assert again.seconds == 0


def test_stored_features_are_read_only_and_memory_mapped(tmp_path: Path) -> None:
    (features, _) = take(tmp_path, Computing())
    assert isinstance(features, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        features[0] = 1


def test_a_feature_set_has_its_description_and_last_use(tmp_path: Path) -> None:
    take(tmp_path, Computing())
    about = tmp_path / KEY / ABOUT
    assert json.loads(about.read_text())["description"] == "squares by small"
    os.utime(about, (0, 0))
    take(tmp_path, Computing())
    assert time.time() - about.stat().st_mtime < 60


def _flip_a_bit(folder: Path) -> None:
    path = folder / "0.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _truncate(folder: Path) -> None:
    os.truncate(folder / "1.npy", 140)


def _lose_a_file(folder: Path) -> None:
    (folder / "0.npy").unlink()


def _lose_about(folder: Path) -> None:
    (folder / ABOUT).unlink()


def _halve_about(folder: Path) -> None:
    (folder / ABOUT).write_bytes((folder / ABOUT).read_bytes()[:50])


def _be_of_something_else(folder: Path) -> None:
    about = json.loads((folder / ABOUT).read_text())
    (folder / ABOUT).write_text(json.dumps(about | {"key": "1" * 64}))


def _be_of_another_format(folder: Path) -> None:
    (folder / ABOUT).write_text(json.dumps({"rows": ROWS, "checksums": {}}))


def _be_a_list(folder: Path) -> None:
    (folder / ABOUT).write_text("[1, 2]")


def _hold_a_pickle(folder: Path) -> None:
    np.save(folder / "0.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    "harm",
    [
        _flip_a_bit,
        _truncate,
        _lose_a_file,
        _lose_about,
        _halve_about,
        _be_of_something_else,
        _be_of_another_format,
        _be_a_list,
        _hold_a_pickle,
    ],
)
def test_a_damaged_feature_set_is_recomputed(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    computing = Computing()
    expected = [np.array(each) for each in take(tmp_path, computing)]
    harm(tmp_path / KEY)
    again = take(tmp_path, computing)
    assert computing.calls == 2
    assert all(np.array_equal(one, two) for one, two in zip(expected, again, strict=True))


def test_other_shapes_under_one_key_are_not_taken(tmp_path: Path) -> None:
    take(tmp_path, Computing())
    (features,) = FeatureStore(tmp_path).arrays(KEY, 2, ((1,),), ("int32",), lambda: iter([[np.ones((2, 1), "int32")]]))
    assert features.tolist() == [[1], [1]]


@pytest.mark.parametrize("rows", [ROWS - 1, ROWS + 1])
def test_a_computation_of_other_length_is_an_error_and_keeps_nothing(tmp_path: Path, rows: int) -> None:
    with pytest.raises(ValueError, match="rows were computed"):
        take(tmp_path, Computing(rows))
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == []


def test_the_checksum_is_compared_once_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    compare = store_module.open_set.__globals__["hashlib"].file_digest
    monkeypatch.setattr("hashlib.file_digest", lambda stream, how: read.append(stream.name) or compare(stream, how))
    take(tmp_path, Computing())
    take(tmp_path, Computing())
    assert read == []  # this process wrote them
    for path in tmp_path.glob("*/*.npy"):
        os.utime(path)
    take(tmp_path, Computing())
    take(tmp_path, Computing())
    assert [Path(each).name for each in read] == ["0.npy", "1.npy"]


def test_holds_reads_only_the_description_of_a_set(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    assert not store.holds(KEY)
    take(tmp_path, Computing())
    assert store.holds(KEY)
    _lose_a_file(tmp_path / KEY)
    assert not store.holds(KEY)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_without_permissions_is_reported_with_its_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match=r"cannot be written: Permission denied"):
        take(tmp_path, Computing())
    tmp_path.chmod(0o700)


def test_a_file_as_the_store_is_reported(tmp_path: Path) -> None:
    place = tmp_path / "features"
    place.touch()
    with pytest.raises(StoreError, match=r"the feature store in .*features cannot be written: File exists"):
        take(place, Computing())


def test_a_full_store_is_reported_before_computing(tmp_path: Path) -> None:
    computing = Computing()
    with pytest.raises(StoreError, match=r"has no space: [\d,]+ MB are needed") as raised:
        FeatureStore(tmp_path).arrays(KEY, 10**15, SHAPES, DTYPES, computing)
    assert (raised.value.errno, computing.calls) == (errno.ENOSPC, 0)


def test_a_disk_that_fills_up_leaves_no_files(tmp_path: Path) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
    script = f"""
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
{limited}
import numpy as np
from pathlib import Path
from tlzoo.training.frozen.store import FeatureStore
try:
    FeatureStore(Path({str(tmp_path)!r})).arrays("k", 900, ((9,),), ("float32",), lambda: iter([[np.ones((900, 9))]]))
except OSError as error:
    print(type(error).__name__, error)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "StoreError" in said
    assert "cannot be written: File too large" in said
    assert not (tmp_path / "k").exists()
    assert list(tmp_path.glob(".*")) == []


def test_an_error_of_the_computation_is_not_taken_for_the_store_s(tmp_path: Path) -> None:
    def fails() -> Iterator[list[np.ndarray]]:
        raise FileNotFoundError(errno.ENOENT, "no such picture")
        yield []

    with pytest.raises(FileNotFoundError, match="no such picture"):
        FeatureStore(tmp_path).arrays(KEY, ROWS, SHAPES, DTYPES, fails)


PROCESS = """
import os, sys, time
import numpy as np
from pathlib import Path
from tlzoo.training.frozen.store import FeatureStore

assert "tensorflow" not in sys.modules
folder = Path(sys.argv[1])

def compute():
    with (folder / "computed").open("a") as stream:
        stream.write(f"{os.getpid()}\\n")
    for number in range(5):
        time.sleep(float(sys.argv[2]))
        yield [np.full((2, 4), number, "float32")]

(features,) = FeatureStore(folder).arrays("k", 10, ((4,),), ("float32",), compute)
print(float(features.sum()), flush=True)
if len(sys.argv) > 3:
    sys.stdin.read()
    print(float(features.sum()), flush=True)
"""


def start(folder: Path, seconds: float, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROCESS, str(folder), str(seconds), *more]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_several_processes_compute_one_set_once(tmp_path: Path) -> None:
    processes = [start(tmp_path, 0.1) for _ in range(4)]
    said = [process.communicate()[0] for process in processes]
    assert said == ["80.0\n"] * 4
    assert len((tmp_path / "computed").read_text().splitlines()) == 1


def test_the_lock_of_a_killed_process_dies_with_it_and_its_leftovers_go(tmp_path: Path) -> None:
    process = start(tmp_path, 5)
    while not list(tmp_path.glob(".k.*.part")):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert list(tmp_path.glob(".k.*.part"))
    assert start(tmp_path, 0).communicate()[0] == "80.0\n"
    assert list(tmp_path.glob(".k.*.part")) == []
