"""One entry in a ranking: loading, features of the sample, scores, prediction cost and warnings."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.process.threads import limited_threads
from tlzoo.scores import Score, score_inputs
from tlzoo.zoo.benching import Measurement, append_measurement, latest, this_machine
from tlzoo.zoo.benching.measurements import now
from tlzoo.zoo.ranking.confidence import Estimate, estimate

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.data import Samples
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry
    from tlzoo.training.frozen.shards import ShardedFeatures
    from tlzoo.zoo.ranking.sampling import Sample

__all__ = [
    "Contender",
    "Loaded",
    "cost_of",
    "load_contender",
    "release",
    "sample_features",
    "score_all",
    "sharded_features",
]

_BRIEF = 0.3
_BATCH = 32


@dataclass(slots=True)
class Contender:
    """An entry and its results so far. ``seconds`` is the time per new sample."""

    entry: Entry
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    features: np.ndarray | None = None
    measurement: Measurement | None = None
    warnings: tuple[str, ...] = ()
    loading: float = 0.0
    seconds: float = 0.0
    parameters: int | None = None

    @property
    def samples(self) -> int:
        """The number of samples it was scored on."""
        return 0 if self.features is None else len(self.features)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Features float32 (N, D), and the source head's probabilities (N, S) if the entry has one."""

    backbone: Backbone
    features: np.ndarray
    predictions: np.ndarray | None
    computed: int
    seconds: float


def load_contender(
    contender: Contender, samples: Samples, sample: Sample, count: int, progress: Progress, weights: Any = "pretrained"
) -> Loaded:
    """Load an entry and return its features of the first ``count`` samples, cached or computed and cached."""
    from tlzoo.backbones import LoadRequest, load_backbone

    began = time.perf_counter()
    backbone = load_backbone(contender.entry, LoadRequest(weights=weights, input_shape=samples.input_shape))
    contender.parameters = int(backbone.model.count_params())
    contender.loading = time.perf_counter() - began
    loaded = sample_features(backbone, samples, sample.order[:count], len(sample.order), progress)
    if loaded.computed:
        contender.seconds = loaded.seconds / loaded.computed
    return loaded


def sample_features(
    backbone: Backbone, samples: Samples, order: np.ndarray, expected: int, progress: Progress
) -> Loaded:
    """Return a backbone's pooled features of the samples at these positions, using the feature store."""
    sharded = sharded_features(backbone, samples, expected, progress)
    began = time.perf_counter()
    features = sharded.of(order)
    seconds = time.perf_counter() - began
    predictions = None
    if backbone.source_head is not None:
        predictions = np.asarray(backbone.source_head(features, training=False), np.float32)
    return Loaded(backbone, features, predictions, sharded.computed, seconds)


def sharded_features(backbone: Backbone, samples: Samples, expected: int, progress: Progress) -> ShardedFeatures:
    """Return the feature store's view of a backbone's pooled features of these samples."""
    from tlzoo.training.frozen.shards import ShardedFeatures
    from tlzoo.training.frozen.store import FeatureStore
    from tlzoo.zoo.features import pooled_stages, setup_for

    _, severed = pooled_stages(backbone, (), "declared")
    return ShardedFeatures(severed, setup_for(samples, backbone, progress), FeatureStore(note=progress.note), expected)


def score_all(
    scores: Mapping[str, Score], features: np.ndarray, predictions: np.ndarray | None, labels: np.ndarray, seed: int
) -> dict[str, Estimate]:
    """Return all applicable scores; scores of predictions only if there are predictions."""
    dense = np.unique(labels, return_inverse=True)[1]
    found = {}
    for name, score in scores.items():
        taken = features if score_inputs(score) == "features" else predictions
        if taken is None:
            continue
        with limited_threads(taken):
            found[name] = estimate(score, taken, dense, seed)
    return found


def cost_of(entry: Entry, backbone: Backbone) -> Measurement | None:
    """Return the cost of a prediction on this machine, from a stored measurement or a short new one."""
    from tlzoo.training.costs.peak_memory import inference_batch
    from tlzoo.training.frozen.engines import EngineUnfitError
    from tlzoo.zoo.benching.timing import blank_batch, compile_pooled, time_run

    known = latest(entry.id, digest=backbone.digest, engine="tensorflow")
    if known is not None:
        return known
    size = inference_batch(backbone, "tensorflow", _BATCH)
    try:
        timing = time_run(compile_pooled(backbone, "tensorflow"), blank_batch(backbone, 1), [size], _BRIEF)
    except EngineUnfitError:
        return None
    made = Measurement(
        entry.id, backbone.digest, "tensorflow", this_machine(), timing.latency_ms, timing.throughput, timing.batch,
        by="rank", time=now(),
    )  # fmt: skip
    with suppress(OSError):  # if not writable, it is measured again next time
        append_measurement(made)
    return made


def release() -> None:
    """Free the memory of a model that is no longer needed."""
    import keras

    keras.utils.clear_session()  # it collects garbage, too
