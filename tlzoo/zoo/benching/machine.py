"""Identity of this machine; timings are compared only on the same kind of machine."""

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
    """The hardware that determines timings. ``cores`` are the CPU cores available to this process."""

    processor: str
    cores: int
    gpus: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits, equal for machines of the same kind."""
        return hashlib.sha256(repr((self.processor, self.cores, self.gpus)).encode()).hexdigest()[:12]

    def __str__(self) -> str:
        """Return a description."""
        cores = f"{self.cores} {'core' if self.cores == 1 else 'cores'} of {self.processor}"
        return ", ".join([cores, *self.gpus])


@cache
def this_machine() -> Machine:
    """Return the machine of this process, without importing TensorFlow."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(_processor(), cores, _gpus())


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.processor() or platform.machine()


def _gpus() -> tuple[str, ...]:
    """Return the NVIDIA GPUs visible to this process."""
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
