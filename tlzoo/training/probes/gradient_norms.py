"""Gradient norms by stage, relative to the weights."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.strategies import Answer, GradientNorms
from tlzoo.training.costs.peak_memory import gradient_batch
from tlzoo.training.phases.intents import moving_statistics
from tlzoo.training.seeds import generator

if TYPE_CHECKING:
    from tlzoo.training.state import SupervisedState

__all__ = ["measure_gradient_norms"]


def measure_gradient_norms(state: SupervisedState, probe: GradientNorms) -> Answer:
    """Return, by stage, the norm of the mean loss's gradient over the norm of the weights (arXiv 2210.11466, 5.2).

    Batches are as large as the memory limit allows, at most those of the run: sums do not depend on them. Moving
    statistics have no gradient and are ignored; a stage with only zero weights counts as 0. The weights are
    not changed.
    """
    data, seed, size = state.setup.data, state.setup.seed, gradient_batch(state.network, state.setup)
    state.checkpoints.load(probe.start or "initial")
    statistics = moving_statistics(state.network)
    learned = {
        name: [path for path in sorted(paths) if path not in statistics]
        for name, paths in state.network.parts.stages.items()
    }
    paths = [path for of_stage in learned.values() for path in of_stage]
    chosen = generator(seed, "gradient norms").permutation(data.train)[: probe.examples]
    boundary = state.boundary(None, kept=False)
    gradients_of = _gradients(state, boundary, paths)
    sums = [np.zeros(state.network.variables[path].shape) for path in paths]
    with state.setup.progress.track("gradients", len(chosen), "samples") as advance:
        for number, tensors in enumerate(boundary.feed.batches(chosen, size)):
            targets, weights = state.truth(chosen[number * size : (number + 1) * size])
            found = gradients_of(tuple(tensors), targets, weights)
            sums = [total + gradient.numpy() for total, gradient in zip(sums, found, strict=True)]
            advance(len(targets))
    gradients = dict(zip(paths, sums, strict=True))
    return Answer(
        {
            name: _ratio(
                _norm(gradients[path] / len(chosen) for path in of_stage),
                _norm(state.network.variables[path].numpy() for path in of_stage),
            )
            for name, of_stage in learned.items()
            if of_stage
        }
    )


def _gradients(state: SupervisedState, boundary: Any, paths: list[str]) -> Any:
    """Return a compiled function from a batch to the gradients of its summed loss, in inference mode."""
    import tensorflow as tf

    loss = state.criterion.loss(0.0)
    variables = [state.network.variables[path].value for path in paths]

    def gradients(tensors: Any, targets: tf.Tensor, weights: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            value = tf.reduce_sum(weights * loss(targets, boundary.forward(tensors, training=False)))
        found: list[tf.Tensor] = tape.gradient(value, variables, unconnected_gradients="zero")
        return [tf.convert_to_tensor(each) for each in found]

    signature = (boundary.signature, *state.truth_signature)
    return tf.function(gradients, input_signature=signature, autograph=False)


def _norm(arrays: Iterable[np.ndarray]) -> float:
    return math.sqrt(sum(float(np.square(each, dtype=np.float64).sum()) for each in arrays))


def _ratio(gradient: float, weight: float) -> float:
    return gradient / weight if weight else 0.0
