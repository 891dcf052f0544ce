"""A small real job for checking strategies: a network of three stages, and images that it learns in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from tlzoo.backbones import Backbone
    from tlzoo.training import Setup

__all__ = ["tiny_backbone", "tiny_setup"]

_SIZE = 8
_SMALLEST = 4
_CLASSES = ("dark", "middle", "bright")
_PER_CLASS = 16
_EPOCHS = 4


def tiny_setup(checkpoints: Path, *, validation: bool = True) -> Setup:
    """Return a run of four epochs on 48 grey images of three classes, with or without a validation split.

    It also has 24 darker unlabelled images.
    """
    from tlzoo.data import ArrayPictures, Dataset, Samples, without_labels
    from tlzoo.heads import Linear
    from tlzoo.tasks import Classification
    from tlzoo.training import Resizing, Setup

    labels = np.arange(len(_CLASSES) * _PER_CLASS) % len(_CLASSES)
    noise = np.random.default_rng(0).integers(0, 64, (len(labels), _SIZE, _SIZE, 1))
    examples = ArrayPictures("tiny", (noise + 90 * labels[:, None, None, None]).astype(np.uint8))
    dark = ArrayPictures("tiny target", ((noise + 90 * labels[:, None, None, None])[:24] // 2).astype(np.uint8))
    others = Samples("tiny target:", Classification(_CLASSES), dark, labels[:24].astype(np.int64), dark.digests())
    samples = Samples("tiny:", Classification(_CLASSES), examples, labels.astype(np.int64), examples.digests())
    quarter = len(labels) // 4
    positions = np.arange(len(labels), dtype=np.int64)
    judged = positions[quarter : 2 * quarter]
    data = Dataset(
        samples,
        train=positions[2 * quarter :],
        validation=judged if validation else judged[:0],
        test=positions[:quarter],
    )
    return Setup(
        backbone=tiny_backbone(),
        head=Linear(),
        data=data,
        seed=0,
        checkpoints=checkpoints,
        budget=_EPOCHS,
        batch_size=8,
        resizing=Resizing(_SMALLEST, tiny_backbone),
        target=without_labels(others, np.arange(24, dtype=np.int64)),
    )


def tiny_backbone(size: int = _SIZE) -> Backbone:
    """Return a network with random weights: two convolutions with BatchNorm and a dense stage, grey images to a vector.

    ``size`` is height and width in pixels.
    """
    import keras
    from keras import layers

    from tlzoo.backbones import Backbone, Vector, image_preprocessing, stages_by_layers

    inputs = x = keras.Input((size, size, 1), name="images")
    for number in (1, 2):
        kernel = keras.initializers.HeNormal(seed=number)
        x = layers.Conv2D(6, 3, strides=2, padding="same", kernel_initializer=kernel, name=f"conv{number}")(x)
        x = layers.BatchNormalization(name=f"norm{number}")(x)
        x = layers.LeakyReLU(name=f"act{number}")(x)
    x = layers.GlobalAveragePooling2D(name="average")(x)
    x = layers.Dense(8, activation="tanh", kernel_initializer=keras.initializers.HeNormal(seed=3), name="dense")(x)
    model = keras.Model(inputs, x, name="tiny")
    return Backbone(
        model=model,
        preprocessing=image_preprocessing((size, size), 1, scale=1 / 127.5, offset=-1.0),
        stages=stages_by_layers(model, [("low", "act1"), ("middle", "act2"), ("top", "dense")]),
        features=Vector(8),
        digest="tiny",
    )
