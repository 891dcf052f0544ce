"""Measure one exported file in a process of its own: ``python -m tlzoo.export.worker``, with a job on standard input.

The process imports the runtime of the file and nothing of TensorFlow, unless that is the runtime, so that its peak
memory is that of a program that only predicts.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.process.memory import peak_bytes

if TYPE_CHECKING:
    from tlzoo.export.contract import Runtime

__all__ = ["read_inputs"]

_BATCHES = (1, 8, 32, 128)
_SECONDS = 0.4
_LEAST, _MOST = 5, 200
"""Number of timed calls of one batch size."""
_BATCH = 64


def main() -> None:
    """Read a job, predict all samples, measure, and print the result as one line of JSON."""
    job = json.load(sys.stdin)
    from tlzoo.errors import TlzooError

    try:
        found = _measured(job)
    except TlzooError as error:
        found = {"error": error.what, "fix": error.fix}
    except Exception as error:  # noqa: BLE001 - of any runtime
        found = {"error": " ".join(f"{type(error).__name__}: {error}".split()), "fix": None}
    print(json.dumps(found), flush=True)  # noqa: T201 - read by the parent


def read_inputs(described: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return arrays by name, mapped from files: each is described by ``path``, ``dtype`` and ``shape``."""
    return {
        name: np.memmap(each["path"], dtype=each["dtype"], mode="r", shape=tuple(each["shape"]))
        for name, each in described.items()
    }


def _measured(job: Mapping[str, Any]) -> dict[str, Any]:
    from tlzoo.export.contract import Exporter
    from tlzoo.plugins import registered

    kinds: dict[str, type[Exporter]] = {each.name: each.value for each in registered("tlzoo_exporters")}
    exporter = kinds[job["name"]].model_validate(job["options"])
    began = time.perf_counter()
    runtime = exporter.open(Path(job["path"]), job["threads"])
    if runtime is None:
        return {"runtime": False}
    loaded = time.perf_counter() - began
    inputs = read_inputs(job["inputs"])
    count = len(next(iter(inputs.values())))
    answers = [runtime(_rows(inputs, begin, _BATCH)) for begin in range(0, count, _BATCH)]
    np.save(job["answers"], np.concatenate(answers), allow_pickle=False)
    times = {size: _milliseconds(runtime, inputs, size) for size in _BATCHES if size <= max(1, count)}
    best = min(times, key=lambda size: times[size] / size)
    return {
        "runtime": True,
        "load_seconds": round(loaded, 4),
        "milliseconds": times[1],
        "batch": best,
        "batch_milliseconds": times[best] / best,
        "peak_bytes": peak_bytes(),
    }


def _rows(inputs: Mapping[str, np.ndarray], begin: int, size: int) -> dict[str, np.ndarray]:
    return {name: np.ascontiguousarray(values[begin : begin + size]) for name, values in inputs.items()}


def _milliseconds(runtime: Runtime, inputs: Mapping[str, np.ndarray], size: int) -> float:
    """Return the median milliseconds of one call with a batch of this size, after two calls that are not counted."""
    batch = _rows(inputs, 0, size)
    for _ in range(2):
        runtime(batch)
    times: list[float] = []
    end = time.perf_counter() + _SECONDS
    while len(times) < _MOST and (len(times) < _LEAST or time.perf_counter() < end):
        began = time.perf_counter()
        runtime(batch)
        times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    main()
