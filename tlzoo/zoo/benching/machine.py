"""Which machine this is: timings are compared only within one."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Machine", "this_machine"]


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides how long a computation takes. ``cores`` are those that this process may use."""

    processor: str
    cores: int
    gpus: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits, the same for machines of one kind."""
        return hashlib.sha256(repr((self.processor, self.cores, self.gpus)).encode()).hexdigest()[:12]

    def __str__(self) -> str:
        """Say it in words."""
        cores = f"{self.cores} {'core' if self.cores == 1 else 'cores'} of {self.processor}"
        return ", ".join([cores, *self.gpus])


@cache
def this_machine() -> Machine:
    """Return what this process runs on, without importing TensorFlow."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(_processor(), cores, _gpus())


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.processor() or platform.machine()


def _gpus() -> tuple[str, ...]:
    """Return the graphics cards of NVIDIA's driver that this process may see."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in {"", "-1"}:
        return ()
    names = []
    for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        try:
            found = re.search(r"^Model:\s*(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        except OSError:
            continue
        names.append(found.group(1).strip() if found else "NVIDIA GPU")
    return tuple(names)
