"""Preprocessing of images, against Pillow and plain arithmetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tlzoo.backbones import PrepareImage, image_preprocessing

RANDOM = np.random.default_rng(0)
LUMA = np.array([0.299, 0.587, 0.114])


def smooth(height: int, width: int) -> Any:
    """Return a picture without noise: rounding and edge rules then stay within one level."""
    rows, columns = np.mgrid[0:height, 0:width] / (height + width)
    return (np.stack([rows, columns, (rows + columns) / 2], axis=-1) * 255).astype("uint8")


def test_colour_becomes_grey_as_pillow_does_it() -> None:
    image = RANDOM.integers(0, 256, (16, 24, 3), dtype="uint8")
    grey = PrepareImage(16, 24, 1)(tf.constant(image)).numpy()
    assert grey.shape == (16, 24, 1)
    np.testing.assert_allclose(grey[..., 0], image @ LUMA, atol=1e-3)
    assert np.abs(grey[..., 0] - np.asarray(Image.fromarray(image).convert("L"), "float32")).max() <= 1


def test_grey_becomes_colour_by_repeating() -> None:
    image = RANDOM.integers(0, 256, (8, 8, 1), dtype="uint8")
    colour = PrepareImage(8, 8, 3)(tf.constant(image)).numpy()
    np.testing.assert_array_equal(colour, np.repeat(image, 3, axis=-1).astype("float32"))


@pytest.mark.parametrize("size", [(16, 12), (90, 70), (48, 64)])
def test_resizing_is_bilinear_with_antialiasing_as_in_pillow(size: tuple[int, int]) -> None:
    image = smooth(48, 64)
    ours = PrepareImage(*size, 3)(tf.constant(image)).numpy()
    theirs = np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.BILINEAR), "float32")
    assert np.abs(ours - theirs).max() <= 1.0


def test_a_fine_pattern_is_averaged_and_not_sampled() -> None:
    stripes = np.zeros((64, 64, 1), "uint8")
    stripes[:, ::2] = 255
    shrunk = PrepareImage(8, 8, 1)(tf.constant(stripes)).numpy()
    assert np.abs(shrunk - 127.5).max() < 8


def test_prepare_is_traceable_and_its_shape_is_known() -> None:
    prepare = PrepareImage(8, 6, 3)
    signature = tf.TensorSpec((None, None, 3), tf.uint8)
    images = tf.data.Dataset.from_generator(lambda: iter([smooth(9, 5), smooth(20, 31)]), output_signature=signature)
    samples = images.map(prepare)
    assert samples.element_spec == tf.TensorSpec((8, 6, 3), tf.float32)
    assert len(list(samples)) == 2


def test_normalize_scales_each_channel_after_reversing_them() -> None:
    scale, offset = [0.5, 0.25, 0.125], [-1.0, -2.0, -3.0]
    preprocessing = image_preprocessing((4, 5), 3, scale=scale, offset=offset, reverse_channels=True)
    batch = RANDOM.uniform(0, 255, (2, *preprocessing.shape)).astype(preprocessing.dtype)
    np.testing.assert_allclose(preprocessing.normalize(batch), batch[..., ::-1] * scale + offset, rtol=1e-5, atol=1e-4)


def test_a_saved_normalize_comes_back_without_tlzoo(tmp_path: Path) -> None:
    normalize = image_preprocessing(
        (4, 5), 3, scale=1 / 127.5, offset=[-1.0, 0.0, 1.0], reverse_channels=True
    ).normalize
    assert isinstance(normalize, keras.Model)
    normalize.save(tmp_path / "normalize.keras")
    again = keras.models.load_model(tmp_path / "normalize.keras", custom_objects={}, safe_mode=True)
    batch = RANDOM.uniform(0, 255, (2, 4, 5, 3)).astype("float32")
    np.testing.assert_array_equal(again(batch), normalize(batch))
    assert b"tlzoo" not in (tmp_path / "normalize.keras").read_bytes()
