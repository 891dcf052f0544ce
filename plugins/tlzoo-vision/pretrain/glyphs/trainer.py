"""The training step: backbone, classifier, loss, optimizer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pretrain.adamw import AdamW, rate_at
from pretrain.glyphs.augment import augment, gentle
from pretrain.glyphs.sampling import Drawings
from tlzoo_vision.glyphnet import glyphnet

_EASIEST = 0.25  # strength of the augmentation at step 0; full strength from step `ramp` on


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings that determine a run, besides the bank.

    The learning rate rises for `warmup` steps, stays at `rate`, and falls linearly to zero over the last `decay` of
    `steps`; the augmentation reaches its full strength at step `ramp`. The number of steps can be
    changed until the decay begins.
    """

    seed: int = 0
    batch_size: int = 128
    steps: int = 7800
    decay: int = 2400
    warmup: int = 100
    ramp: int = 1500
    rate: float = 2e-3
    weight_decay: float = 0.05
    smoothing: float = 0.1

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        return rate_at(step, rate=self.rate, steps=self.steps, warmup=self.warmup, decay=self.decay)

    def as_dict(self) -> dict[str, float | int]:
        """Return all fields, for the log."""
        return asdict(self)


class Trainer:
    """Network, classifier, optimizer and step counter, with one compiled training step."""

    def __init__(self, settings: Settings, classes: int) -> None:
        self.settings = settings
        self.backbone = glyphnet(seed=settings.seed)
        width = self.backbone.output_shape[-1]
        draws = np.random.default_rng((settings.seed, classes)).normal(size=(width, classes))
        self.classifier = tf.Variable((draws * width**-0.5 * 0.5).astype(np.float32), name="classifier")
        self.bias = tf.Variable(tf.zeros(classes), name="bias")
        self.weights = [*(variable.value for variable in self.backbone.trainable_variables), self.classifier, self.bias]
        self.optimizer = AdamW(self.weights, settings.weight_decay)
        self.step = tf.Variable(0, dtype=tf.int32, trainable=False)
        self._compiled_train = tf.function(self._train, autograph=False)
        self._compiled_answers = tf.function(self._answers, autograph=False)
        everything = [variable.value for variable in self.backbone.variables]
        self._saved = tf.train.Checkpoint(
            step=self.step,
            backbone=everything,
            head=self.weights[-2:],
            means=self.optimizer.means,
            squares=self.optimizer.squares,
        )

    def train(self, images: NDArray[np.uint8], labels: NDArray[np.int32]) -> tuple[tf.Tensor, tf.Tensor]:
        """Train one step; return the batch's mean loss (with smoothing) and accuracy, both float32 scalars."""
        rate = tf.constant(self.settings.rate_at(int(self.step)), tf.float32)
        loss, accuracy = self._compiled_train(tf.constant(images), tf.constant(labels), rate)
        return loss, accuracy

    def _train(self, images: tf.Tensor, labels: tf.Tensor, rate: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        share = tf.minimum(1.0, _EASIEST + (1.0 - _EASIEST) * tf.cast(self.step, tf.float32) / self.settings.ramp)
        pictures = augment(images, tf.stack([self.settings.seed, self.step]), share=share)
        smoothing, classes = self.settings.smoothing, self.bias.shape[0]
        with tf.GradientTape() as tape:
            logits = self._logits(self.backbone(pictures, training=True))
            wanted = tf.one_hot(labels, classes, 1.0 - smoothing + smoothing / classes, smoothing / classes)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
        self.optimizer.descend(tape.gradient(loss, self.weights), rate, self.step)
        self.step.assign_add(1)
        return loss, tf.reduce_mean(tf.cast(tf.argmax(logits, 1, tf.int32) == labels, tf.float32))

    def _logits(self, features: tf.Tensor) -> tf.Tensor:
        pooled = tf.reduce_mean(features, axis=(1, 2))
        return tf.matmul(pooled, self.classifier) + self.bias

    def _answers(self, images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        pictures = augment(images, seed, gentle())
        return tf.argmax(self._logits(self.backbone(pictures, training=False)), 1, tf.int32)

    def accuracy(self, drawings: Drawings, batch_size: int = 256) -> float:
        """Return the accuracy on drawings with weak augmentation, always the same."""
        right = 0
        for start in range(0, len(drawings.labels), batch_size):
            labels = drawings.labels[start : start + batch_size]
            images = tf.constant(drawings.images[start : start + batch_size])
            answers = self._compiled_answers(images, tf.constant([1, start]))
            right += int((answers.numpy() == labels).sum())
        return right / len(drawings.labels)

    def save(self, folder: Path) -> None:
        """Write a checkpoint and remove all but the two latest."""
        tf.train.CheckpointManager(self._saved, str(folder), max_to_keep=2).save(int(self.step))

    def restore(self, folder: Path) -> bool:
        """Restore the latest checkpoint; return False if there is none."""
        latest = tf.train.latest_checkpoint(str(folder))
        if latest is None:
            return False
        self._saved.restore(latest).assert_consumed()
        return True
