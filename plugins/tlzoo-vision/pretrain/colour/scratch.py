"""The network trained from random weights on the few labelled pictures alone: what pretraining has to beat."""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray

from pretrain.colour.augment import plain
from pretrain.colour.judging import members
from pretrain.colour.pictures import Pictures
from pretrain.fewshot import draw
from tlzoo_vision.colournet import colournet

STEPS, BATCH_SIZE = 150, 32
RATES = (3e-4, 1e-3, 3e-3)
SIDE = 64


def best_rate(proxy: Pictures) -> float:
    """Of `RATES` the one that does best at 20 a class on the proxy, one draw each."""
    return max(RATES, key=lambda rate: result(proxy, 20, 0, rate))


def result(pictures: Pictures, shots: int, seed: int, rate: float) -> float:
    """Share of right answers on the pictures that are not among the `shots` labelled ones a class.

    150 steps of 32 pictures, mirrored, moved by up to an eighth and changed in contrast; Adam, its rate falling to 0.
    """
    random = np.random.default_rng(seed)
    chosen = members(pictures, shots)
    labelled, rest = draw(pictures.labels, chosen, shots, random)
    images = plain(pictures.images, SIDE).numpy()
    backbone = colournet(SIDE, seed=seed)
    outputs = keras.layers.Dense(len(pictures.classes), name="classifier")(
        keras.layers.GlobalAveragePooling2D()(backbone.output)
    )
    model = keras.Model(backbone.input, outputs)
    model.compile(
        keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(rate, STEPS), weight_decay=0.01),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    for rows in _batches(labelled, random):
        model.train_on_batch(_vary(images[rows], random), pictures.labels[rows])
    answers = np.argmax(model.predict(images[rest], batch_size=128, verbose=0), axis=1)
    return float(np.mean(answers == pictures.labels[rest]))


def _batches(labelled: NDArray[np.integer], random: np.random.Generator) -> list[NDArray[np.integer]]:
    epochs = -(-STEPS * BATCH_SIZE // len(labelled))
    order = np.concatenate([random.permutation(labelled) for _ in range(epochs)])
    return [order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE] for step in range(STEPS)]


def _vary(images: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Mirror, move and change the contrast of each picture (N, 64, 64, 3); white comes in from outside."""
    edge = SIDE // 8
    padded = np.pad(images, ((0, 0), (edge, edge), (edge, edge), (0, 0)), constant_values=1.0)
    places = random.integers(0, 2 * edge + 1, (len(images), 2))
    moved = np.stack(
        [one[down : down + SIDE, across : across + SIDE] for one, (down, across) in zip(padded, places, strict=True)]
    )
    mirrored = np.where(random.random((len(images), 1, 1, 1)) < 1 / 2, moved[:, :, ::-1], moved)
    return np.asarray(mirrored * random.uniform(0.7, 1.0, (len(images), 1, 1, 1)), np.float32)
