"""The network trained from random weights on the few labelled pictures alone: what pretraining has to beat.

How it is trained is chosen on the proxy, one setting after the other, each by the same draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pretrain.colour.augment import augment, plain
from pretrain.colour.judging import members
from pretrain.colour.pictures import Pictures
from pretrain.fewshot import draw
from tlzoo_vision.colournet import colournet

BATCH_SIZE = 32
SHOTS_OF_CHOICE, DRAWS_OF_CHOICE = 20, 1
_MOMENTUM = 0.9  # of the moving statistics: Keras's 0.99 has not arrived anywhere after some hundred steps
_WEIGHT_DECAY = 0.05
_OPAQUE = 255


@dataclass(frozen=True, slots=True)
class Settings:
    """How the network is trained: AdamW, its rate falling to 0 along a cosine.

    ``side`` is that of the pictures in pixels, in training and in the test. ``changes`` is how they are changed in
    training: ``few`` (mirrored, moved by up to an eighth, in contrast) or ``many`` (as in ColourNet's training).
    """

    rate: float = 3e-3
    steps: int = 200
    changes: str = "many"
    side: int = 64

    def as_dict(self) -> dict[str, Any]:
        """All fields, for the results."""
        return asdict(self)


TRIED: dict[str, tuple[Any, ...]] = {
    "rate": (1e-3, 3e-3, 1e-2, 3e-2, 1e-1),
    "changes": ("few", "many"),
    "steps": (200, 600),
    "side": (32, 64),
}
"""In the order in which they are chosen; the first three at `FIRST_SIDE`, where a step costs a quarter."""

FIRST_SIDE = 32


def chosen(proxy: Pictures, known: dict[Settings, float], keep: Callable[[], None]) -> Settings:
    """Choose the settings one after the other, each by what does best at 20 a class on the proxy.

    Trials are added to `known`, and not made again where they are there already; `keep` is called after each.
    """

    def judged(settings: Settings) -> float:
        if settings not in known:
            draws = [result(proxy, SHOTS_OF_CHOICE, seed, settings) for seed in range(DRAWS_OF_CHOICE)]
            known[settings] = float(np.mean(draws))
            keep()
        return known[settings]

    best = Settings(side=FIRST_SIDE)
    for name, values in TRIED.items():
        best = max((replace(best, **{name: value}) for value in values), key=judged)
    return best


def result(pictures: Pictures, shots: int, seed: int, settings: Settings) -> float:
    """Share of right answers on the pictures that are not among the `shots` labelled ones a class."""
    random = np.random.default_rng(seed)
    labelled, rest = draw(pictures.labels, members(pictures, shots), shots, random)
    model = _network(settings.side, len(pictures.classes), seed)
    schedule = keras.optimizers.schedules.CosineDecay(settings.rate, settings.steps)
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=_WEIGHT_DECAY),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    change = _few if settings.changes == "few" else _many
    for step, rows in enumerate(_batches(labelled, settings.steps, random)):
        shown = change(pictures.images[rows], settings.side, (seed, step))
        model.train_on_batch(shown, pictures.labels[rows])
    images = plain(pictures.images[rest], settings.side).numpy()
    answers = np.argmax(model.predict(images, batch_size=128, verbose=0), axis=1)
    return float(np.mean(answers == pictures.labels[rest]))


def _network(side: int, classes: int, seed: int) -> keras.Model:
    backbone = colournet(side, seed=seed)
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = _MOMENTUM
    pooled = keras.layers.GlobalAveragePooling2D()(backbone.output)
    return keras.Model(backbone.input, keras.layers.Dense(classes, name="classifier")(pooled))


def _batches(labelled: NDArray[np.integer], steps: int, random: np.random.Generator) -> Iterator[NDArray[np.integer]]:
    epochs = -(-steps * BATCH_SIZE // len(labelled))
    order = np.concatenate([random.permutation(labelled) for _ in range(epochs)])
    for step in range(steps):
        yield order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]


def _many(images: NDArray[np.uint8], side: int, seed: tuple[int, int]) -> tf.Tensor:
    opaque = np.concatenate([images, np.full((*images.shape[:3], 1), _OPAQUE, np.uint8)], axis=3)
    return augment(tf.constant(opaque), tf.constant(opaque), tf.constant(seed), side)


def _few(images: NDArray[np.uint8], side: int, seed: tuple[int, int]) -> NDArray[np.float32]:
    """White comes in from outside."""
    random = np.random.default_rng(seed)
    edge = side // 8
    padded = np.pad(plain(images, side), ((0, 0), (edge, edge), (edge, edge), (0, 0)), constant_values=1.0)
    places = random.integers(0, 2 * edge + 1, (len(images), 2))
    moved = np.stack(
        [one[down : down + side, across : across + side] for one, (down, across) in zip(padded, places, strict=True)]
    )
    mirrored = np.where(random.random((len(images), 1, 1, 1)) < 1 / 2, moved[:, :, ::-1], moved)
    return np.asarray(mirrored * random.uniform(0.7, 1.0, (len(images), 1, 1, 1)), np.float32)
