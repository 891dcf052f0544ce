"""The training step: two views of each picture, and up to three losses on one network.

Words: softmax cross-entropy with the picture's words as a uniform target (Mahajan et al. 2018, arXiv 1805.00932).
Pairs: the two views find each other among all others (NT-Xent, Chen et al. 2020, arXiv 2002.05709, equation 1).
Formulas: which formula made the picture (Kataoka et al. 2020, arXiv 2101.08515).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pretrain.adamw import AdamW, rate_at
from pretrain.colour.augment import augment
from pretrain.colour.formulas import FORMULAS
from pretrain.colour.sampling import Batch
from tlzoo_vision.colournet import LAST_LEARNED, colournet

_PROJECTED, _TEMPERATURE = 128, 0.2
_APART = 1e9  # taken off a view's likeness with itself


@dataclass(frozen=True, slots=True)
class Settings:
    """What determines a run, besides the bank; a batch has two views of `batch_size` pictures.

    `things`, `scenes` and `formulas` are shares of the batch, `word_loss`, `pair_loss` and `formula_loss` weights. The
    side of the views is `small` until `large_from`, a share of the steps, and `large` from there.
    """

    seed: int = 0
    batch_size: int = 64
    steps: int = 3600
    decay: int = 1400
    warmup: int = 100
    rate: float = 3e-3
    weight_decay: float = 0.05
    things: float = 0.9
    scenes: float = 0.1
    formulas: float = 0.0
    word_loss: float = 1.0
    pair_loss: float = 1.0
    formula_loss: float = 0.0
    small: int = 48
    large: int = 64
    large_from: float = 0.98

    def rate_at(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        return rate_at(step, rate=self.rate, steps=self.steps, warmup=self.warmup, decay=self.decay)

    def size_at(self, step: int) -> int:
        """Side of the views of a step, counted from 0."""
        return self.small if step < self.large_from * self.steps else self.large

    def as_dict(self) -> dict[str, float | int]:
        """All fields, for the log."""
        return asdict(self)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Of all fields."""
        return tuple(field.name for field in fields(cls))


class Trainer:
    """Network, classifiers, optimizer and step counter, with one compiled training step for each size."""

    def __init__(self, settings: Settings, words: int) -> None:
        self.settings = settings
        self.backbone = colournet(settings.large, seed=settings.seed)
        learned = keras.Model(self.backbone.input, self.backbone.get_layer(LAST_LEARNED).output)
        self._learned = {size: _at(learned, size) for size in (settings.small, settings.large)}
        width = learned.output_shape[-1]
        self.heads = {
            name: tf.Variable(_initial(settings.seed, place, shape), name=name)
            for place, (name, shape) in enumerate(
                {
                    "words": (width, words),
                    "formulas": (width, FORMULAS),
                    "hidden": (width, width),
                    "projection": (width, _PROJECTED),
                }.items()
            )
        }
        self.optimizer = AdamW(
            [*(variable.value for variable in self.backbone.trainable_variables), *self.heads.values()],
            settings.weight_decay,
        )
        self.step = tf.Variable(0, dtype=tf.int32, trainable=False)
        self._compiled = {
            size: tf.function(self._train_at(size), autograph=False) for size in (settings.small, settings.large)
        }
        self._saved = tf.train.Checkpoint(
            step=self.step,
            backbone=[variable.value for variable in self.backbone.variables],
            heads=list(self.heads.values()),
            means=self.optimizer.means,
            squares=self.optimizer.squares,
        )

    def train(self, batch: Batch) -> tf.Tensor:
        """One step; returns the losses of words, pairs and formulas before weighting, float32 (3,)."""
        step = int(self.step)
        rate = tf.constant(self.settings.rate_at(step), tf.float32)
        compiled = self._compiled[self.settings.size_at(step)]
        return compiled(*map(tf.constant, (batch.images, batch.scenes, batch.words, batch.formulas)), rate)

    def _train_at(self, size: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a traced function of tensors
        network = self._learned[size]
        shares = (self.settings.word_loss, self.settings.pair_loss, self.settings.formula_loss)

        def train(
            images: tf.Tensor, scenes: tf.Tensor, words: tf.Tensor, formulas: tf.Tensor, rate: tf.Tensor
        ) -> tf.Tensor:
            seed = tf.stack([self.settings.seed, self.step])
            views = augment(tf.concat([images, images], 0), scenes, seed, size)
            with tf.GradientTape() as tape:
                features = tf.reduce_mean(tf.cast(network(views, training=True), tf.float32), axis=(1, 2))
                losses = [
                    self._word_loss(features, tf.concat([words, words], 0)),
                    self._pair_loss(features),
                    self._formula_loss(features, tf.concat([formulas, formulas], 0)),
                ]
                loss = tf.add_n([share * one for share, one in zip(shares, losses, strict=True) if share])
            weights = self.optimizer.weights
            gradients = tape.gradient(loss, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            self.optimizer.descend(gradients, rate, self.step)
            self.step.assign_add(1)
            return tf.stack(losses)

        return train

    def _word_loss(self, features: tf.Tensor, words: tf.Tensor) -> tf.Tensor:
        logits = tf.matmul(features, self.heads["words"])
        likelihood = tf.gather(tf.nn.log_softmax(logits), tf.maximum(words, 0), batch_dims=1)
        named = tf.cast(words >= 0, tf.float32)
        count = tf.reduce_sum(named, axis=1)
        each = -tf.reduce_sum(likelihood * named, axis=1) / tf.maximum(count, 1.0)
        return tf.math.divide_no_nan(tf.reduce_sum(each), tf.reduce_sum(tf.cast(count > 0, tf.float32)))

    def _pair_loss(self, features: tf.Tensor) -> tf.Tensor:
        hidden = tf.nn.relu(tf.matmul(features, self.heads["hidden"]))
        projected = tf.nn.l2_normalize(tf.matmul(hidden, self.heads["projection"]), axis=1)
        count = tf.shape(projected)[0]
        alike = tf.matmul(projected, projected, transpose_b=True) / _TEMPERATURE - _APART * tf.eye(count)
        partner = tf.math.floormod(tf.range(count) + count // 2, count)
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(partner, alike))

    def _formula_loss(self, features: tf.Tensor, formulas: tf.Tensor) -> tf.Tensor:
        logits = tf.matmul(features, self.heads["formulas"])
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(formulas, 0), logits)
        made = tf.cast(formulas >= 0, tf.float32)
        return tf.math.divide_no_nan(tf.reduce_sum(each * made), tf.reduce_sum(made))

    def save(self, folder: Path) -> None:
        """Write a checkpoint; the two latest are kept."""
        tf.train.CheckpointManager(self._saved, str(folder), max_to_keep=2).save(int(self.step))

    def restore(self, folder: Path) -> bool:
        """Go back to the latest checkpoint; False where there is none."""
        latest = tf.train.latest_checkpoint(str(folder))
        if latest is None:
            return False
        self._saved.restore(latest).assert_consumed()
        return True


def _at(network: keras.Model, size: int) -> keras.Model:
    """Make the same network, with the same variables, take pictures of another size."""
    inputs = keras.Input((size, size, 3))
    return keras.models.clone_model(network, input_tensors=inputs, clone_function=lambda layer: layer)


def _initial(seed: int, place: int, shape: tuple[int, int]) -> NDArray[np.float32]:
    draws = np.random.default_rng((seed, place)).normal(size=shape)
    return np.asarray(draws * shape[0] ** -0.5, np.float32)
