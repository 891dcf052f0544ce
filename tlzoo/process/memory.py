"""Memory limit of a process, and the shares of caches and readers.

``TLZOO_MEMORY`` sets the limit: bytes (``4GB``, ``512MiB``, ``4e9``) or a share of the free memory (``50%``). The
default is 80 % of the free memory. Free memory is what the system reports as available, or the rest of a container's
limit if that is less, plus the memory that this process already uses.

The limit applies to the host memory of this process (resident, without memory-mapped files, whose pages the system can
drop at any time). GPU memory is not planned.
"""

from __future__ import annotations

import math
import os
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tlzoo.errors import UsageError

__all__ = ["VARIABLE", "MemoryLimit", "container_limits", "format_bytes", "memory_limit", "peak_bytes", "share"]

VARIABLE = "TLZOO_MEMORY"

_DEFAULT_SHARE = 0.8
_LEAST = 1_000_000_000
"""Bytes. Python and TensorFlow alone need more."""

_UNKNOWN = 8_000_000_000
"""Free bytes assumed on a system that does not report them."""

_UNITS = {"": 1, "B": 1} | {
    f"{letter}{middle}B": base**power
    for power, letter in enumerate("KMGT", start=1)
    for middle, base in (("", 1000), ("I", 1024))
}
_NO_LIMIT = 2**60
"""Control groups without a limit report a larger number, or ``max``."""

Use = Literal["decoding", "samples", "features", "data"]
_SHARES: dict[Use, float] = {"decoding": 1 / 4, "samples": 1 / 8, "features": 1 / 8, "data": 1 / 4}
"""Shares of the limit: decoding of images, preprocessed samples in memory, features for a solver, and data of the user
in memory, kept for later calls."""


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """Maximum bytes for this process, and the source of the limit: ``TLZOO_MEMORY=4GB``."""

    bytes: int
    source: str

    def __str__(self) -> str:
        return f"{format_bytes(self.bytes)} ({self.source})"


def memory_limit() -> MemoryLimit:
    """Return the memory limit of this process; the default is determined once per process.

    Raises UsageError if ``TLZOO_MEMORY`` is not a size, or is less than 1 GB.
    """
    given = os.environ.get(VARIABLE, "").strip()
    return _limit(given)


def share(use: Use, limit: int | None = None) -> int:
    """Return the bytes of the limit (default: that of this process) available for one use."""
    return int((memory_limit().bytes if limit is None else limit) * _SHARES[use])


def format_bytes(count: float) -> str:
    """Return a size with its unit.

    >>> format_bytes(4_250_000_000)
    '4.2 GB'
    """
    if count >= 1e9:  # noqa: PLR2004
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"  # noqa: PLR2004


@cache
def _limit(given: str) -> MemoryLimit:
    if given and not given.endswith("%"):
        limit, source = _parsed(given), f"{VARIABLE}={given}"
    else:
        part = _percentage(given) if given else _DEFAULT_SHARE
        free, where = _free()
        limit = int(part * free)
        source = f"{VARIABLE}={given}, of {where}" if given else f"{part:.0%} of {where}; {VARIABLE} is not set"
        limit = max(limit, _LEAST)
    if limit < _LEAST:
        stated = format_bytes(limit) if limit >= 1e6 else f"{limit:,} bytes"  # noqa: PLR2004 - a megabyte
        raise UsageError(
            f"{VARIABLE}={given} is {stated}; TensorFlow alone needs {format_bytes(_LEAST)}",
            "use 2GB or more, with the unit",
        )
    return MemoryLimit(limit, source)


def _parsed(given: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?(?:E\d+)?)\s*([KMGT]?I?B)?", given.upper(), re.ASCII)
    size = float(match[1]) * _UNITS.get(match[2] or "", math.nan) if match is not None else math.nan
    if not math.isfinite(size):
        raise UsageError(f"{VARIABLE}={given} is not a size", "use, for example, 4GB, 512MiB or 50%")
    return int(size)


def _percentage(given: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", given)
    if match is None or not 0 < float(match[1]) <= 100:  # noqa: PLR2004
        raise UsageError(f"{VARIABLE}={given} is not a share of the free memory", "use, for example, 50% or 4GB")
    return float(match[1]) / 100


def _free() -> tuple[int, str]:
    """Return the bytes that this process may use, and their source: free memory or a container's limit."""
    system = _system_free()
    own = _own()
    found = [(system + own, f"{format_bytes(system + own)} free memory")] if system is not None else []
    found += [
        (left + own, f"{format_bytes(left + own)} left of the container's limit of {format_bytes(limit)}")
        for limit, left in container_limits()
    ]
    return min(found, default=(_UNKNOWN, f"{format_bytes(_UNKNOWN)}, as the system does not report its free memory"))


def _system_free() -> int | None:
    """Return the available memory that Linux reports; elsewhere half of the physical memory, or None if unknown."""
    try:
        match = re.search(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"), re.MULTILINE)
        if match is not None:
            return int(match[1]) * 1024
    except (OSError, UnicodeDecodeError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return None


def _own() -> int:
    """Return the bytes that this process uses, or 0 if the system does not report them."""
    try:
        match = re.search(r"^RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"), re.MULTILINE)
    except (OSError, UnicodeDecodeError):
        return 0
    return int(match[1]) * 1024 if match is not None else 0


def container_limits(
    root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")
) -> list[tuple[int, int]]:
    """Return limit and rest, in bytes, of every control group of this process, in versions 1 and 2.

    Pages of inactive files count as free, because the kernel drops them before it ends a process.
    """
    try:
        lines = [line.split(":", 2) for line in own.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        return []
    found = []
    for _, controllers, path in (line for line in lines if len(line) == 3):  # noqa: PLR2004 - number:controllers:path
        if controllers == "":
            base, names = root, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            base, names = root / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        group = base / path.strip("/")
        for each in (group, *group.parents):
            if not each.is_relative_to(base):
                break
            limit, used = _number(each / names[0]), _number(each / names[1])
            if limit is not None and limit < _NO_LIMIT and used is not None:
                found.append((limit, max(0, limit - used + _inactive(each / "memory.stat", names[2]))))
    return found


def _number(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdecimal() else None


def _inactive(path: Path, name: str) -> int:
    try:
        match = re.search(rf"^{name} (\d+)$", path.read_text(encoding="ascii"), re.MULTILINE)
    except (OSError, UnicodeDecodeError):
        return 0
    return int(match[1]) if match is not None else 0


def peak_bytes() -> int | None:
    """Return the peak of this process's memory; None where the system does not report it.

    On Linux, ``getrusage`` would include the memory of the parent process at the time of the start.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
