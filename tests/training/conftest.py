from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from tlzoo.backbones import Backbone, FeatureMap, image_preprocessing, stages_by_layers
from tlzoo.data import ArrayPictures, Dataset, Samples, split
from tlzoo.heads import Linear
from tlzoo.tasks import Classification
from tlzoo.training import Setup

SIDE = 8


def small_backbone(seed: int = 0, side: int = SIDE) -> Backbone:
    """Return three stages with BatchNorm, dropout and stochastic depth."""
    inputs = keras.Input((side, side, 1))
    x = inputs
    for number, width in enumerate((4, 8, 8), start=1):
        kernel = keras.initializers.HeNormal(seed=seed + number)
        y = keras.layers.Conv2D(width, 3, padding="same", kernel_initializer=kernel, name=f"conv{number}")(x)
        y = keras.layers.BatchNormalization(momentum=0.5, name=f"norm{number}")(y)
        y = keras.layers.ReLU(name=f"relu{number}")(y)
        y = keras.layers.Dropout(0.2, seed=seed, name=f"dropout{number}")(y)
        if number == 3:
            y = keras.layers.Dropout(0.3, noise_shape=(None, 1, 1, 1), seed=seed, name="depth")(y)
            y = keras.layers.Add(name="add3")([x, y])
        x = y
    model = keras.Model(inputs, x, name="small")
    stages = stages_by_layers(model, [("one", "dropout1"), ("two", "dropout2"), ("three", "add3")])
    return Backbone(
        model, image_preprocessing((side, side), 1, scale=1 / 255), stages, FeatureMap(side, side, 8), "small"
    )


def small_data(count: int = 90, classes: int = 3, seed: int = 0) -> Dataset:
    """Return squares of three brightnesses, with noise."""
    draw = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int64) % classes
    bright = 60 + 70 * labels[:, None, None, None]
    images = np.clip(bright + draw.normal(0, 30, (count, SIDE, SIDE, 1)), 0, 255).astype(np.uint8)
    pictures = ArrayPictures("squares", images)
    names = tuple("abcdefgh"[:classes])
    samples = Samples("squares", Classification(names), pictures, labels, pictures.digests())
    return split(samples, seed=seed)


@pytest.fixture
def make_backbone() -> Callable[..., Backbone]:
    """Return the function that makes the small backbone."""
    return small_backbone


@pytest.fixture(scope="session")
def make_setup_in() -> Callable[..., Setup]:
    """Return a function that makes a setup with checkpoints in a folder; its arguments go over the defaults."""

    def make(folder: Path, **changes: object) -> Setup:
        values: dict[str, object] = {
            "backbone": small_backbone(),
            "head": Linear(),
            "data": small_data(),
            "seed": 0,
            "checkpoints": folder / "checkpoints",
            "budget": 4,
            "batch_size": 16,
        }
        return Setup(**(values | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_setup(make_setup_in: Callable[..., Setup], tmp_path: Path) -> Callable[..., Setup]:
    """Return the same for a test's own folder."""
    return partial(make_setup_in, tmp_path)
