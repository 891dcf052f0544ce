"""Features computed on a Ray cluster: entries and shards of the sample spread over its workers."""

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
"""At most: fewer, where else a core would have nothing to do."""
_RETRIES = 3
_STARTS = 3


def fill_store(entries: Sequence[Entry], samples: Samples, order: np.ndarray, progress: Progress) -> None:
    """Compute what the feature store lacks on a Ray cluster, and keep it here: what follows finds it, as if made here.

    The cluster is the one that ``RAY_ADDRESS`` names, else one is started on this machine, or none where nothing lacks.
    Its workers open the source and the entries by name, which takes each of them some seconds, TensorFlow's import
    above all. A task whose worker dies is run again, up to three times; one that fails is left out, and
    meets its error where entries are scored. Raises UsageError where Ray is not installed, TrainingError where there is
    no cluster.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")  # or workers would install an environment of their own
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # what Ray will do later, and warns of until then
    try:
        import ray
    except ImportError as error:
        raise UsageError("the engine ray is not installed", "pip install 'tlzoo[ray]'") from error
    work = _lacking(entries, samples, order, progress)
    if not work:
        return
    with redirect_stdout(sys.stderr):  # Ray tells there what becomes of workers, and results are printed on stdout
        started = not ray.is_initialized()
        if started:
            _start(ray)
        try:
            _gather(ray, work, samples, order, progress)
        finally:
            if started:
                ray.shutdown()


def _start(ray: Any) -> None:
    """Reach or start a cluster; on a busy machine it may take longer than the thirty seconds that Ray waits."""
    said = ""
    for _ in range(_STARTS):
        try:
            ray.init(log_to_driver=False, logging_level="error", include_dashboard=False)
        except Exception as error:  # noqa: BLE001 - Ray raises bare exceptions here
            said = " ".join(str(error).split())
            ray.shutdown()
        else:
            return
    raise TrainingError(f"no Ray cluster could be reached or started: {said}", "see RAY_ADDRESS")


def _lacking(
    entries: Sequence[Entry], samples: Samples, order: np.ndarray, progress: Progress
) -> dict[str, tuple[ShardedFeatures, list[np.ndarray]]]:
    """Return for each entry of which something lacks its view of the store, and the shards that are not in it."""
    from tlzoo.backbones import LoadRequest, load_backbone
    from tlzoo.progress import Silent
    from tlzoo.zoo.ranking.contender import release, sharded_features

    work = {}
    for entry in entries:
        try:
            backbone = load_backbone(entry, LoadRequest(input_shape=samples.input_shape))
            store = sharded_features(backbone, samples, len(order), Silent())
        except Exception as error:  # noqa: BLE001 - it is met again, and told, where the entry is scored
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
    with progress.track("features on ray", sum(len(part) for _, part in waiting.values()), "samples") as advance:
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
    """Return features float32 (N, D) of the samples at these positions: what a worker does."""
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
