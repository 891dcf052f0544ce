"""Measuring process for one entry and one engine: ``python -m tlzoo.zoo.benching.worker``.

It reads a JSON object from stdin (``entry``, ``engine``, ``weights``, ``batches``, ``seconds``) and writes one to
stdout: a measurement, or ``error`` and ``fix``.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from tlzoo.process.memory import peak_bytes

__all__: list[str] = []


def _main() -> None:
    from tlzoo.errors import TlzooError

    asked = json.loads(sys.stdin.read())
    result, sys.stdout = sys.stdout, sys.stderr  # output of plugins must not mix with the measurement
    try:
        found = _measured(**asked)
    except TlzooError as error:
        found = {"error": error.what, "fix": error.fix, "exit_code": error.exit_code}
    result.write("\n" + json.dumps(found) + "\n")
    result.flush()


def _measured(entry: str, engine: str, weights: Any, batches: list[int], seconds: float) -> dict[str, Any]:
    import tensorflow as tf

    from tlzoo.backbones import LoadRequest, load_backbone
    from tlzoo.plugins import catalog
    from tlzoo.training.costs.peak_memory import inference_batch
    from tlzoo.zoo.benching.machine import this_machine
    from tlzoo.zoo.benching.measurements import Measurement, now
    from tlzoo.zoo.benching.timing import blank_batch, compile_pooled, time_run

    known = catalog().get(entry)
    began = time.perf_counter()
    backbone = load_backbone(known, LoadRequest(weights=weights))
    run = compile_pooled(backbone, engine)
    loaded = time.perf_counter() - began
    fitting = [size for size in batches if inference_batch(backbone, engine, size) == size]
    timing = time_run(run, blank_batch(backbone, 1), fitting, seconds)
    versions = {"tlzoo": _version("tlzoo"), "tensorflow": tf.__version__, "engine": _version(engine.partition("-")[0])}
    return Measurement(
        entry=known.id,
        digest=backbone.digest,
        engine=engine,
        machine=this_machine(),
        latency_ms=round(timing.latency_ms, 4),
        throughput=round(timing.throughput, 3),
        batch=timing.batch,
        by="bench",
        time=now(),
        load_seconds=round(loaded, 3),
        peak_bytes=peak_bytes(),
        versions=tuple(versions.items()),
    ).to_json()


def _version(distribution: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    _main()
