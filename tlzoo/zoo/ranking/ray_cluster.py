"""Feature computation on a Ray cluster: entries and shards of the sample are distributed to its workers."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import TrainingError, UsageError
from tlzoo.training.frozen.shards import SHARD, ShardedFeatures

if TYPE_CHECKING:
    from tlzoo.data import Samples
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry

__all__ = ["fill_store"]

_SHARDS_A_TASK = 4
"""Maximum size of a part; smaller if a core would otherwise be idle."""
_RETRIES = 3
_STARTS = 3


def fill_store(entries: Sequence[Entry], samples: Samples, order: np.ndarray, progress: Progress) -> None:
    """Compute missing features on a Ray cluster and store them locally, as if computed on this machine.

    The cluster is the one in ``RAY_ADDRESS``, or a new one on this machine; none is started if nothing is missing.
    Workers open the source and the entries by name, which takes some seconds each, mainly for importing TensorFlow. A
    task whose worker dies is retried up to three times. A failed task is skipped, and its error appears when its entry
    is scored. Raises UsageError if Ray is not installed, TrainingError if there is no cluster.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # send no usage statistics
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")  # otherwise workers would install their own environment
    os.environ.setdefault(
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0"
    )  # the future default of Ray, which warns until then
    try:
        import ray
    except ImportError as error:
        raise UsageError("the engine ray is not installed", "pip install 'tlzoo[ray]'") from error
    work = _lacking(entries, samples, order, progress)
    if not work:
        return
    with redirect_stdout(sys.stderr):  # Ray logs worker events to stdout, which is for results
        started = not ray.is_initialized()
        if started:
            _start(ray)
        try:
            _gather(ray, work, samples, order, progress)
        finally:
            if started:
                ray.shutdown()


def _start(ray: Any) -> None:
    """Connect to or start a cluster; a busy machine may need longer than Ray's thirty seconds."""
    said = ""
    for _ in range(_STARTS):
        try:
            ray.init(log_to_driver=False, logging_level="error", include_dashboard=False)
        except Exception as error:  # noqa: BLE001 - Ray raises bare exceptions here
            said = " ".join(str(error).split())
            ray.shutdown()
        else:
            return
    raise TrainingError(f"cannot connect to or start a Ray cluster: {said}", "see RAY_ADDRESS")


def _lacking(
    entries: Sequence[Entry], samples: Samples, order: np.ndarray, progress: Progress
) -> dict[str, tuple[ShardedFeatures, list[np.ndarray]]]:
    """Return each entry with missing features, its view of the store, and the missing shards."""
    from tlzoo.backbones import LoadRequest, load_backbone
    from tlzoo.progress import Silent
    from tlzoo.zoo.ranking.contender import release, sharded_features

    work = {}
    for entry in entries:
        try:
            backbone = load_backbone(entry, LoadRequest(input_shape=samples.input_shape))
            store = sharded_features(backbone, samples, len(order), Silent())
        except Exception as error:  # noqa: BLE001 - raised again and reported when the entry is scored
            progress.note(f"{entry.id}: {error}")
            continue
        if missing := store.missing_shards(order):
            work[entry.id] = (store, missing)
    release()
    return work


def _gather(
    ray: Any,
    work: Mapping[str, tuple[ShardedFeatures, list[np.ndarray]]],
    samples: Samples,
    order: np.ndarray,
    progress: Progress,
) -> None:
    task = ray.remote(num_cpus=1, max_retries=_RETRIES)(_compute)
    cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
    size = min(_SHARDS_A_TASK, math.ceil(sum(len(missing) for _, missing in work.values()) / cores))
    waiting: dict[Any, tuple[str, np.ndarray]] = {}
    for name, (_, missing) in work.items():
        for begin in range(0, len(missing), size):
            part = np.concatenate(missing[begin : begin + size])
            waiting[task.remote(samples.source, name, part, len(order))] = (name, part)
    with progress.track("features on Ray", sum(len(part) for _, part in waiting.values()), "samples") as advance:
        while waiting:
            (done,), _ = ray.wait(list(waiting), num_returns=1)
            name, part = waiting.pop(done)
            try:
                features = ray.get(done)
            except ray.exceptions.RayError as error:
                progress.note(f"{name}: {' '.join(str(error).split()[:30])}")
                continue
            for begin in range(0, len(part), SHARD):
                work[name][0].keep(part[begin : begin + SHARD], features[begin : begin + SHARD])
            advance(len(part))


def _compute(source: str, entry: str, part: np.ndarray, expected: int) -> np.ndarray:
    """Return features float32 (N, D) of the samples at these positions; runs in a worker."""
    return _store(source, entry, expected).of(np.array(part))


@lru_cache(maxsize=2)
def _store(source: str, entry: str, expected: int) -> ShardedFeatures:
    from tlzoo.backbones import LoadRequest, load_backbone
    from tlzoo.progress import Silent
    from tlzoo.zoo.ranking.contender import sharded_features

    samples = _samples(source)
    backbone = load_backbone(entry, LoadRequest(input_shape=samples.input_shape))
    return sharded_features(backbone, samples, expected, Silent())


@lru_cache(maxsize=1)
def _samples(source: str) -> Samples:
    from tlzoo.progress import Silent
    from tlzoo.runs import open_source

    return open_source(source, Silent())
