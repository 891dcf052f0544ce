"""Adaptive BatchNorm: a phase that sets the moving averages of BatchNorm to a domain's statistics."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.strategies import PhaseResult
from tlzoo.training.checkpoints import digests
from tlzoo.training.costs.peak_memory import statistics_batch
from tlzoo.training.phases.audit import Intent, audit
from tlzoo.training.seeds import generator

if TYPE_CHECKING:
    import keras

    from tlzoo.objectives import Objective
    from tlzoo.strategies import Phase
    from tlzoo.training.contract import Record
    from tlzoo.training.frozen.boundary import Boundary
    from tlzoo.training.network import Network
    from tlzoo.training.state import Domain, SupervisedState

__all__ = ["normalizing_layers", "run_adabn"]

Moments = list[tuple[np.ndarray, np.ndarray]]


def run_adabn(state: SupervisedState, phase: Phase, position: int, objective: Objective, record: Record) -> PhaseResult:
    """Measure the domain's statistics and set them; everything else is audited as frozen.

    Random layers are off; samples are not augmented. Their order is random, so each batch is a mixture. Raises
    UsageError if the phase's selection has variables other than moving averages of BatchNorm.
    """
    began, name = time.perf_counter(), f"phase-{position:02d}"
    layers = normalizing_layers(state.network, phase)
    changing = {state.network.path(variable) for layer in layers for variable in _averages(layer)}
    intents: dict[str, Intent] = {
        path: "statistics" if path in changing else "frozen" for path in state.network.variables
    }
    state.checkpoints.load(phase.start or "initial")
    before = digests(state.network.variables)
    callbacks = state.callbacks(phase)
    callbacks.begin(1, 1)
    callbacks.begin_epoch(0)
    domain: Domain = "target" if objective.needs_target() else "source"
    setup = state.domain(domain)
    order = generator(state.setup.seed, position, "statistics").permutation(setup.data.train)
    boundary = state.boundary(None, kept=False, domain=domain)
    size = statistics_batch(setup.backbone, len(order))
    with setup.progress.track(phase.name, len(order), "samples") as advance:
        for layer, (mean, variance) in zip(layers, _pooled(boundary, layers, order, size, advance), strict=True):
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)
    audited = audit(phase.name, intents, before, digests(state.network.variables))
    figures, (score, noise) = _validate(state, size)
    seconds = time.perf_counter() - began
    record.append(phase=phase.name, epoch=1, **figures)
    callbacks.end_epoch(figures)
    callbacks.end(figures)
    state.checkpoints.save(name)
    return PhaseResult(phase.name, score, noise, figures, name, "budget", 1, seconds, asdict(audited))


def normalizing_layers(network: Network, phase: Phase) -> list[keras.layers.BatchNormalization]:
    """Return the BatchNorm layers with selected moving averages. Raises UsageError for other variables."""
    import keras

    wanted = phase.train.paths(network.parts)
    layers = [layer for layer in network.layers() if isinstance(layer, keras.layers.BatchNormalization)]
    chosen = [layer for layer in layers if wanted & {network.path(variable) for variable in _averages(layer)}]
    others = wanted - {network.path(variable) for layer in chosen for variable in _averages(layer)}
    if others:
        raise UsageError(
            f"phase {phase.name!r}: {type(phase.objective).__name__} sets only moving averages of BatchNorm, not "
            f"{min(others)}",
            'select matching("*/moving_mean", "*/moving_variance")',
        )
    return chosen


def _averages(layer: keras.layers.BatchNormalization) -> tuple[keras.Variable, keras.Variable]:
    return layer.moving_mean, layer.moving_variance


def _pooled(boundary: Boundary, layers: list[Any], order: np.ndarray, size: int, advance: Any) -> Moments:
    """Return mean and variance (channels,) float32 of the inputs of each layer, pooled over batches."""
    import tensorflow as tf

    def measure(tensors: Any) -> list[tuple[tf.Tensor, tf.Tensor]]:
        with _by_batch(layers) as found:
            boundary.forward(tensors, training=False)
        return [found[id(layer)] for layer in layers]

    compiled = tf.function(measure, input_signature=(boundary.signature,), autograph=False)
    weights: list[int] = []
    means: list[list[np.ndarray]] = [[] for _ in layers]
    variances: list[list[np.ndarray]] = [[] for _ in layers]
    for tensors in boundary.feed.batches(order, size):
        weights.append(int(tensors[0].shape[0]))
        for position, (mean, variance) in enumerate(compiled(tuple(tensors))):
            means[position].append(mean.numpy())
            variances[position].append(variance.numpy())
        advance(weights[-1])
    return [
        _pool(np.array(weights), np.array(each), np.array(other)) for each, other in zip(means, variances, strict=True)
    ]


def _pool(weights: np.ndarray, means: np.ndarray, variances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the total mean and variance from those of batches (batches, channels)."""
    mean = np.average(means.astype(np.float64), axis=0, weights=weights)
    within = np.average(variances.astype(np.float64), axis=0, weights=weights)
    between = np.average(np.square(means - mean), axis=0, weights=weights)
    return mean.astype(np.float32), (within + between).astype(np.float32)


@contextmanager
def _by_batch(layers: list[Any]) -> Iterator[dict[int, tuple[Any, Any]]]:
    """Normalize these layers by batch statistics, and return the statistics by layer, for any ``training``.

    Keras does so only with ``training=True``, which also enables dropout and stochastic depth. A layer that is
    called several times has the statistics of its last call.
    """
    import tensorflow as tf

    found: dict[int, tuple[Any, Any]] = {}

    def call_of(layer: Any) -> Any:
        def call(inputs: Any, training: Any = None, mask: Any = None) -> Any:  # noqa: ARG001 - as Keras calls it
            exact = tf.cast(inputs, tf.float32)
            axis = layer.axis % len(exact.shape)
            mean, variance = tf.nn.moments(exact, [each for each in range(len(exact.shape)) if each != axis])
            found[id(layer)] = mean, variance
            shape = [1] * len(exact.shape)
            shape[axis] = -1
            scale = tf.math.rsqrt(variance + layer.epsilon) * (layer.gamma if layer.scale else 1.0)
            offset = (layer.beta if layer.center else 0.0) - mean * scale
            return tf.cast(exact * tf.reshape(scale, shape) + tf.reshape(offset, shape), inputs.dtype)

        return call

    for layer in layers:
        object.__setattr__(layer, "call", call_of(layer))
    try:
        yield found
    finally:
        for layer in layers:
            object.__delattr__(layer, "call")


def _validate(state: SupervisedState, size: int) -> tuple[dict[str, float], tuple[float, float]]:
    """Return figures and the score on the labelled data's validation split; NaN without one."""
    data = state.setup.data
    if not len(data.validation):
        return {}, (math.nan, math.nan)
    outputs = state.boundary(None, kept=False).logits(data.validation, size)
    labels = state.labels(data.validation)
    measured = state.criterion.figures(labels, outputs) | state.metrics.of_outputs(labels, outputs)
    figures = {f"val_{name}": value for name, value in measured.items()}
    return figures, state.criterion.score(labels, outputs)
