"""Timing of forward passes with one engine in this process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.training.frozen.engines import Run

__all__ = ["Timing", "blank_batch", "compile_pooled", "time_run"]

_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """Median milliseconds for one sample; maximum samples per second, and the batch size that reached it."""

    latency_ms: float
    throughput: float
    batch: int


def time_run(run: Run, blank: np.ndarray, batches: Iterable[int], seconds: float) -> Timing:
    """Time batches of one sample and of these sizes, each for about ``seconds`` after two warm-up passes.

    A batch that takes longer than that is timed once, after one warm-up pass.
    """
    latency = _median(run, blank[:1], seconds)
    rates = {1: 1 / latency}
    for size in batches:
        rates[size] = size / _median(run, np.repeat(blank[:1], size, axis=0), seconds)
    best = max(rates, key=lambda size: rates[size])
    return Timing(1000 * latency, rates[best], best)


def compile_pooled(backbone: Backbone, engine: str) -> Run:
    """Return a backbone with its declared pooling, compiled by an engine.

    Raises EngineUnfitError if the engine is not installed, does not support the backbone, or disagrees with TensorFlow.
    """
    import tensorflow as tf

    from tlzoo.training.frozen.engines import compiled
    from tlzoo.zoo.features import pooled_stages

    _, severed = pooled_stages(backbone, (), "declared")
    preprocessing = backbone.preprocessing
    signature = tf.TensorSpec((None, *preprocessing.shape), preprocessing.dtype)
    return compiled(engine, severed.below, signature, blank_batch(backbone, 1))


def blank_batch(backbone: Backbone, size: int) -> np.ndarray:
    """Return synthetic samples: noise from 0 to 255, or a text of twenty words."""
    preprocessing = backbone.preprocessing
    if preprocessing.dtype == "string":
        return np.full((size, *preprocessing.shape), b"the quick brown fox jumps over the lazy dog " * 2, object)
    return np.random.default_rng(0).integers(0, 256, (size, *preprocessing.shape)).astype(preprocessing.dtype)


def _median(run: Run, batch: np.ndarray, seconds: float) -> float:
    run(batch)
    second = _seconds(run, batch)
    if second > seconds:
        return second
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < _FEWEST or time.perf_counter() - began < seconds:
        taken.append(_seconds(run, batch))
    return statistics.median(taken)


def _seconds(run: Run, batch: np.ndarray) -> float:
    start = time.perf_counter()
    run(batch)
    return time.perf_counter() - start
