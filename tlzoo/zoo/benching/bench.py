"""Measure entries one by one, each engine in its own process, and store the results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tlzoo.errors import EntryError, TlzooError, TrainingError, UsageError, did_you_mean
from tlzoo.zoo.benching.measurements import Measurement, append_measurement, read_measurement

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["BATCHES", "bench_entry", "default_engines"]

BATCHES = (8, 32, 128)
_LAST_LINES = 3


@dataclass(frozen=True, slots=True)
class _Asked:
    entry: str
    engine: str
    weights: str
    batches: tuple[int, ...]
    seconds: float


def bench_entry(
    entry: Entry,
    engine: str,
    *,
    weights: Literal["pretrained", "random"] = "pretrained",
    batches: Sequence[int] = BATCHES,
    seconds: float = 1.0,
    keep: bool = True,
) -> Measurement:
    """Measure load time, latency, throughput at the best of these batch sizes, and peak memory, in a new process.

    Each batch size within the memory limit runs for about ``seconds``. With ``keep``, the result is appended to the
    user's file.

    Raises UsageError for an unknown engine, TrainingError for an engine that does not support the entry, and EntryError
    if the entry cannot be loaded or the process died (for example, out of memory).
    """
    from tlzoo.training.frozen.engines import ENGINES

    if engine not in ENGINES:
        raise UsageError(f"no engine {engine!r}", did_you_mean(engine, ENGINES))
    asked = _Asked(entry.id, engine, weights, tuple(batches), seconds)
    measurement = _in_own_process(asked)
    if keep:
        try:
            append_measurement(measurement)
        except OSError as error:  # the measurement is still shown
            fix = "set TLZOO_SETTINGS to a writable folder"
            warnings.warn(f"the measurement is not stored: {error.filename}: {error.strerror}; {fix}", stacklevel=2)
    return measurement


def default_engines() -> list[str]:
    """Return TensorFlow, and OpenVINO if installed: the engines that ``tlzoo train`` may choose."""
    from importlib.util import find_spec

    return ["tensorflow", *(["openvino"] if find_spec("openvino") else [])]


def _in_own_process(asked: _Asked) -> Measurement:
    said = {name: getattr(asked, name) for name in _Asked.__slots__}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tlzoo.zoo.benching.worker"],
        input=json.dumps(said),
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3")},
    )
    if done.returncode == -2:  # noqa: PLR2004 - SIGINT, which the terminal sends to both
        raise KeyboardInterrupt
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        why = " ".join(done.stderr.strip().splitlines()[-_LAST_LINES:]) or "no output"
        raise EntryError(f"{asked.entry}: the measuring process ended with exit code {done.returncode}: {why}")
    found: dict[str, Any] = json.loads(lines[-1])
    if "error" in found:
        raise _told(found)
    measurement = read_measurement(lines[-1])
    assert measurement is not None
    return measurement


def _told(found: dict[str, Any]) -> TlzooError:
    kind = EntryError if found["exit_code"] == EntryError.exit_code else TrainingError
    return kind(found["error"], found["fix"])
