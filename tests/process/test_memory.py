"""The memory limit: how it is stated, and what it is where nothing states it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tlzoo.errors import UsageError
from tlzoo.process import memory
from tlzoo.process.memory import container_limits, memory_limit, share

FREE = 10_000_000_000


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 9 GB available, in a process that holds 1 GB, in no container."""
    monkeypatch.setattr(memory, "_system_free", lambda: 9_000_000_000)
    monkeypatch.setattr(memory, "_own", lambda: 1_000_000_000)
    monkeypatch.setattr(memory, "container_limits", list)
    monkeypatch.delenv("TLZOO_MEMORY", raising=False)
    memory._limit.cache_clear()
    yield
    memory._limit.cache_clear()


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("4GB", 4e9),
        ("4 gb", 4e9),
        ("2.5GiB", 2.5 * 2**30),
        ("4e9", 4e9),
        ("4000000000", 4e9),
        ("3000MB", 3e9),
        ("50%", FREE / 2),
        ("100 %", FREE),
        ("", FREE * 0.8),
    ],
)
def test_a_limit_is_a_size_or_a_share_of_what_is_free(
    monkeypatch: pytest.MonkeyPatch, stated: str, expected: float
) -> None:
    monkeypatch.setenv("TLZOO_MEMORY", stated)
    assert memory_limit().bytes == int(expected)


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ("much", "TLZOO_MEMORY=much is not a size; use, for example, 4GB"),
        ("4XB", "is not a size"),
        ("0%", "is not a share of the free memory"),
        ("120%", "is not a share of the free memory"),
        ("1e999GB", "TLZOO_MEMORY=1e999GB is not a size"),
        ("-1", "TLZOO_MEMORY=-1 is not a size"),
        ("500MB", "TLZOO_MEMORY=500MB is 500 MB; TensorFlow alone needs 1.0 GB; use 2GB or more, with the unit"),
        ("4", "TLZOO_MEMORY=4 is 4 bytes; TensorFlow alone needs 1.0 GB; use 2GB or more, with the unit"),
        ("0", "TLZOO_MEMORY=0 is 0 bytes; TensorFlow alone needs 1.0 GB"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, stated: str, message: str) -> None:
    monkeypatch.setenv("TLZOO_MEMORY", stated)
    with pytest.raises(UsageError, match=message):
        memory_limit()


def test_a_limit_says_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(memory_limit()) == "8.0 GB (80% of 10.0 GB free memory; TLZOO_MEMORY is not set)"
    monkeypatch.setenv("TLZOO_MEMORY", "4GB")
    assert str(memory_limit()) == "4.0 GB (TLZOO_MEMORY=4GB)"
    monkeypatch.setenv("TLZOO_MEMORY", "20%")
    assert str(memory_limit()) == "2.0 GB (TLZOO_MEMORY=20%, of 10.0 GB free memory)"


def test_a_container_that_leaves_less_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "container_limits", lambda: [(6_000_000_000, 3_000_000_000), (20 * 10**9, 19 * 10**9)])
    assert memory_limit().bytes == int(0.8 * 4e9)
    assert "4.0 GB left of the container's limit of 6.0 GB" in memory_limit().source


def test_the_uses_together_leave_half_of_the_limit_to_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_MEMORY", "4GB")
    assert share("decoding") == 1_000_000_000
    assert share("decoding", 8_000_000_000) == 2_000_000_000
    assert sum(share(use) for use in ("decoding", "samples", "features")) == 2_000_000_000


def test_limits_of_control_groups_version_2(tmp_path: Path) -> None:
    """Those of the parents hold, too; pages of files that nobody uses are free."""
    group = tmp_path / "root" / "pods" / "mine"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("max\n")
    (group / "memory.current").write_text("100\n")
    (group.parent / "memory.max").write_text("5000\n")
    (group.parent / "memory.current").write_text("2000\n")
    (group.parent / "memory.stat").write_text("anon 900\ninactive_file 700\nactive_file 3\n")
    (tmp_path / "own").write_text("0::/pods/mine\n")
    found = container_limits(tmp_path / "root", tmp_path / "own")
    assert found == [(5000, 3700)]


def test_limits_of_control_groups_version_1(tmp_path: Path) -> None:
    group = tmp_path / "root" / "memory" / "job"
    group.mkdir(parents=True)
    (group / "memory.limit_in_bytes").write_text("5000\n")
    (group / "memory.usage_in_bytes").write_text("2000\n")
    (group.parent / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    (group.parent / "memory.usage_in_bytes").write_text("2000\n")
    (tmp_path / "own").write_text("5:cpu,cpuacct:/job\n4:memory:/job\n")
    assert container_limits(tmp_path / "root", tmp_path / "own") == [(5000, 3000)]


def test_a_group_that_lies_elsewhere_in_the_container_is_its_root(tmp_path: Path) -> None:
    """In a container, the path of the group is that of the host, and the group itself is mounted as the root."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "memory.max").write_text("5000\n")
    (root / "memory.current").write_text("2000\n")
    (tmp_path / "own").write_text("0::/kubepods/pod1/abc\n")
    assert container_limits(root, tmp_path / "own") == [(5000, 3000)]


def test_a_system_without_control_groups_has_no_limits(tmp_path: Path) -> None:
    assert container_limits(tmp_path, tmp_path / "absent") == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems report the peak differently")
def test_the_peak_of_a_process_is_its_own() -> None:
    held = b"x" * 400_000_000  # getrusage would give it to the child
    code = "from tlzoo.process.memory import peak_bytes; print(peak_bytes())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 1_000_000 < int(done.stdout) < len(held)
