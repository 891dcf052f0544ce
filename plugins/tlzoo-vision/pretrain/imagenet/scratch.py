"""Two networks trained from random weights on the few labelled pictures alone: the result that pretraining must beat.

Both are trained in the same way. Only the learning rate differs; it is chosen for each on the proxy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pretrain.fewshot import draw
from pretrain.imagenet.augment import augment, plain
from pretrain.imagenet.judging import members
from pretrain.imagenet.picture_files import Pictures
from pretrain.imagenet.small_network import small_network
from tlzoo_vision.efficientnet_lite import efficientnet_lite0

BATCH_SIZE = 16
STEPS = 120
"""Maximum number of steps of a training; the learning rate falls to 0 along a cosine."""

RATES = (3e-3, 1e-2, 3e-2)
SHOTS_OF_CHOICE, DRAW_OF_CHOICE = 20, 0
FITTED, WINDOW = 0.05, 20
"""Training ends early once the mean loss of the last ``WINDOW`` steps is below ``FITTED``."""

_CLASSES = 8  # outputs; sets with fewer classes do not use all
_MOMENTUM = 0.9  # of the moving statistics, as in EfficientNet-Lite0
_WEIGHT_DECAY = 0.05
_OPAQUE = 255

_augment = tf.function(augment)

Accuracies = dict[str, float]
"""Learning rate, as text: accuracy on the proxy."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network with its image size, the smallest that it takes, and the relative time of a training."""

    build: Callable[[int, int], keras.Model]
    side: int
    time: int


ARCHITECTURES: Mapping[str, Architecture] = {
    "small network, from scratch": Architecture(small_network, 32, time=2),
    "EfficientNet-Lite0's network, from scratch": Architecture(
        lambda side, seed: efficientnet_lite0((side, side), seed), 64, time=5
    ),
}


class Scratch:
    """Trains one architecture from random weights, again and again; the training step is compiled once."""

    def __init__(self, name: str) -> None:
        self._architecture = ARCHITECTURES[name]
        self._model = self._build(0)
        self._initial: dict[int, list[NDArray[np.float32]]] = {}
        self._model.compile(
            keras.optimizers.AdamW(0.0, weight_decay=_WEIGHT_DECAY),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )

    def best_rate(self, proxy: Pictures, known: Accuracies, keep: Callable[[], None]) -> float:
        """Return the learning rate with the highest accuracy on the proxy; `keep` is called after each new trial."""
        for rate in RATES:
            if f"{rate:g}" not in known:
                known[f"{rate:g}"] = self.result(proxy, SHOTS_OF_CHOICE, DRAW_OF_CHOICE, rate)
                keep()
        return float(max(known, key=lambda rate: known[rate]))

    def result(self, pictures: Pictures, shots: int, seed: int, rate: float) -> float:
        """Return the accuracy on the pictures that are not among the `shots` labelled ones a class."""
        random = np.random.default_rng(seed)
        labelled, rest = draw(pictures.labels, members(pictures, shots), shots, random)
        self._reset(seed)
        losses: list[float] = []
        for step, rows in enumerate(_batches(labelled, random)):
            self._model.optimizer.learning_rate = rate * (1 + np.cos(np.pi * step / STEPS)) / 2
            shown = _changed(pictures.images[rows], self._architecture.side, (seed, step))
            losses.append(float(self._model.train_on_batch(shown, pictures.labels[rows])))
            self._model.reset_metrics()
            if step + 1 >= WINDOW and np.mean(losses[-WINDOW:]) < FITTED:
                break
        images = plain(pictures.images[rest], self._architecture.side).numpy()
        answers = np.argmax(self._model.predict(images, batch_size=32, verbose=0), axis=1)
        return float(np.mean(answers == pictures.labels[rest]))

    def _build(self, seed: int) -> keras.Model:
        backbone = self._architecture.build(self._architecture.side, seed)
        for layer in backbone.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = _MOMENTUM
        pooled = keras.layers.GlobalAveragePooling2D()(backbone.output)
        initializer = keras.initializers.GlorotUniform(seed)
        logits = keras.layers.Dense(_CLASSES, kernel_initializer=initializer, name="classifier")(pooled)
        return keras.Model(backbone.input, logits)

    def _reset(self, seed: int) -> None:
        """Set the weights to random ones, and the optimizer's to those before the first step."""
        if seed not in self._initial:
            self._initial[seed] = self._build(seed).get_weights()
        self._model.set_weights(self._initial[seed])
        for variable in self._model.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))


def _batches(labelled: NDArray[np.integer], random: np.random.Generator) -> Iterator[NDArray[np.integer]]:
    epochs = -(-STEPS * BATCH_SIZE // len(labelled))
    order = np.concatenate([random.permutation(labelled) for _ in range(epochs)])
    for step in range(STEPS):
        yield order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]


def _changed(images: NDArray[np.uint8], side: int, seed: tuple[int, int]) -> tf.Tensor:
    """Return cut, turned, mirrored and recoloured pictures."""
    opaque = np.concatenate([images, np.full((*images.shape[:3], 1), _OPAQUE, np.uint8)], axis=3)
    return _augment(tf.constant(opaque), tf.constant(opaque), tf.constant(seed), side)
