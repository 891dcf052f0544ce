"""Squared errors of distances, and the share of pixels that are nearly right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tlzoo.tasks import PlainMetrics

NEAR = 0.25
"""Metres."""


@dataclass(frozen=True, eq=False, slots=True)
class DepthCriterion:
    """Criterion for outputs (N, h, w, 1) and labels float32 (N, height, width), in metres."""

    figure: ClassVar[str] = "near"

    def targets(self, labels):
        return np.asarray(labels, np.float32)

    def loss(self, label_smoothing):
        import tensorflow as tf

        def loss(targets, outputs):
            depth = tf.image.resize(tf.cast(outputs, tf.float32), tf.shape(targets)[1:3])[..., 0]
            return tf.reduce_mean(tf.square(depth - targets), (1, 2))

        return loss

    def quality(self, targets, outputs):
        return np.array([1.0 - abs(float(a.mean() - b.mean())) for a, b in zip(targets, outputs, strict=True)])

    def figures(self, labels, outputs):
        loss = np.asarray(self.loss(0.0)(self.targets(labels), outputs))
        return {"loss": float(loss.mean()), "near": self.score(labels, outputs)[0]}

    def score(self, labels, outputs):
        near = np.mean(errors(labels, outputs) < NEAR, axis=(1, 2))
        return float(near.mean()), float(near.std() / np.sqrt(len(near)))

    def answers(self, outputs):
        return np.asarray(outputs, np.float32)

    def answer_layer(self):
        import keras

        return keras.layers.Activation("linear", dtype="float32", name="metres")

    def metrics(self, labels, answers, decision=None):
        near, error = self.score(labels, answers)
        absolute = float(errors(labels, answers).mean())
        values = {"near": near, "standard_error": error, "mean_error": absolute, "examples": len(labels)}
        return PlainMetrics({**values, "per_map": {"depth": {}}})


def errors(labels, answers):
    """Return the absolute errors (N, height, width) in metres, at the size of the labels."""
    import tensorflow as tf

    return np.abs(tf.image.resize(answers, labels.shape[1:3]).numpy()[..., 0] - labels)
