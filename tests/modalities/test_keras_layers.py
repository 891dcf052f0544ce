"""Keras layers as augmentation: drawn for each sample by itself, in range, and the same again."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from tlzoo.errors import UsageError
from tlzoo.modalities.augmentation import augmentation_of, augmenter, layer_configs

SHAPE = (8, 8, 3)
IMAGES = np.random.default_rng(0).integers(0, 256, (6, *SHAPE)).astype(np.float32)


def made(*given: Any) -> Any:
    options = augmentation_of("keras", {"layers": layer_configs(keras.Sequential(list(given)))}, "vision")
    assert options is not None
    return augmenter(options, SHAPE)


def test_draws_follow_from_view_and_sample_whatever_the_batch() -> None:
    change = made(layers.Pipeline([layers.RandomFlip()]), layers.RandomBrightness(0.3), layers.GaussianNoise(1.0))
    whole = np.asarray(change(IMAGES, 1, np.arange(6)))
    part = np.asarray(change(IMAGES[[4, 1]], 1, np.array([4, 1])))
    assert np.array_equal(part, whole[[4, 1]])
    assert not np.array_equal(np.asarray(change(IMAGES, 2, np.arange(6))), whole)
    assert not np.array_equal(np.asarray(change(IMAGES, 1, np.arange(6) + 6)), whole)
    alike = np.asarray(change(np.repeat(IMAGES[:1], 6, axis=0), 1, np.arange(6)))
    assert len(np.unique(alike.reshape(6, -1), axis=0)) == 6  # each sample has draws of its own


def test_seeds_and_names_of_layers_are_not_kept() -> None:
    assert layer_configs(layers.RandomFlip(seed=3)) == layer_configs([layers.RandomFlip(seed=4, name="mirror")])


class Restless(layers.Layer):
    def call(self, images):
        import tensorflow as tf

        return images + tf.random.uniform((), maxval=9.0)


keras.saving.register_keras_serializable("kobj")(Restless)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (layers.Rescaling(1 / 255), "scale samples to 0 … 1, but the backbone takes 0 to 255"),
        (layers.Resizing(4, 4), "use layers that keep the shape of samples"),
        (layers.Dense(3), "has weights, which are not trained"),
        (Restless(), r"cannot seed.*keras.random.SeedGenerator"),
        (layers.MixUp(), "use -A mixup=0.2 instead"),
    ],
)
def test_layers_that_cannot_augment_are_refused(given: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        made(given)


def test_an_invalid_layer_is_refused() -> None:
    with pytest.raises(UsageError, match="augment must be a policy or Keras layers; got 3"):
        layer_configs(3)
    inputs = keras.Input(SHAPE)
    with pytest.raises(
        UsageError, match=r"augment must be a name, options or Keras layers; got Functional; pass a keras.Sequential"
    ):
        layer_configs(keras.Model(inputs, layers.RandomFlip()(inputs)))


def test_samples_that_are_not_arrays_are_refused() -> None:
    options = augmentation_of("keras", {"layers": layer_configs(layers.RandomFlip())}, "text")
    with pytest.raises(UsageError, match="need arrays of one size"):
        augmenter(options, ())  # type: ignore[arg-type]


def test_the_cache_tells_layers_apart_and_not_the_number_of_views() -> None:
    one, other, more = (
        augmentation_of("keras", {"layers": layer_configs(layer), "views": views}, "vision").identity  # type: ignore[union-attr]
        for layer, views in ((layers.RandomZoom(0.1), 2), (layers.RandomZoom(0.2), 2), (layers.RandomZoom(0.1), 4))
    )
    assert one != other
    assert one == more
