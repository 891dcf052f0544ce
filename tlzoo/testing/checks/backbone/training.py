"""Checks that frozen variables do not change and trainable ones do."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.testing.checks.backbone.loading import loads
from tlzoo.testing.outcome import SkippedError, expect
from tlzoo.testing.session import check

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.testing.subject import BackboneSubject

__all__ = ["everything_trains", "frozen_stays_frozen"]

_STEPS = 3
_STEPS_IF_FROZEN = 2
"""A head may begin with zeros, which give its input no gradient in the first step."""
_RATE = 1e-3
_CLASSES = ("one", "two", "three")


@check(loads)
def frozen_stays_frozen(subject: BackboneSubject) -> None:
    """Check that with ``trainable = False``, training a head leaves every variable unchanged, bit for bit.

    This includes the moving statistics of BatchNorm, although the network is called with ``training=True``.
    """
    backbone, _ = subject.second
    backbone.model.trainable = False
    moved = sorted(_moved_by_training(subject, backbone, _STEPS_IF_FROZEN))
    expect(not moved, f"{len(moved)} frozen variables changed: {', '.join(moved[:3])}")


@check(loads)
def everything_trains(subject: BackboneSubject) -> None:
    """Check that with ``trainable = True``, a few steps change every trainable variable."""
    backbone, _ = subject.second
    if not backbone.model.weights:
        raise SkippedError("the backbone has no variables")
    backbone.model.trainable = True
    trainable = [variable.path for variable in backbone.model.trainable_variables]
    expect(trainable, "the backbone has no trainable variables")
    moved = _moved_by_training(subject, backbone, _STEPS, set(trainable))
    stuck = [path for path in trainable if path not in moved]
    expect(not stuck, f"{len(stuck)} trainable variables never changed: {', '.join(stuck[:3])}")


def _moved_by_training(
    subject: BackboneSubject, backbone: Backbone, steps: int, awaited: AbstractSet[str] = frozenset()
) -> set[str]:
    """Train a linear head and the backbone on random labels; return paths of the backbone's changed variables.

    Training stops as soon as all ``awaited`` variables, if any, have changed.
    """
    import keras
    import tensorflow as tf

    from tlzoo.backbones import pool, pooled_size
    from tlzoo.heads import Linear
    from tlzoo.tasks import Classification

    head = Linear().build(pooled_size(backbone.features), Classification(_CLASSES), seed=0)
    pooled = pool(backbone.features, list(backbone.model.outputs))
    network = keras.Model(backbone.model.input, head(pooled))
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(_RATE)
    optimizer.build(network.trainable_variables)

    # Eagerly: compiling the step of a large model takes longer than these few steps.
    def step(ready: Any, labels: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = loss_of(labels, network(ready, training=True))
        gradients = tape.gradient(loss, network.trainable_variables)
        pairs = zip(gradients, network.trainable_variables, strict=True)
        optimizer.apply_gradients([(gradient, variable) for gradient, variable in pairs if gradient is not None])

    before = [variable.numpy().copy() for variable in backbone.model.weights]
    labels = tf.constant(np.arange(2 * len(_CLASSES)) % len(_CLASSES))
    moved = set[str]()
    for number in range(steps):
        step(subject.ready(backbone, len(labels), seed=number), labels)
        pairs = zip(backbone.model.weights, before, strict=True)
        moved |= {variable.path for variable, value in pairs if not np.array_equal(variable.numpy(), value)}
        if awaited and moved >= awaited:
            break
    return moved
