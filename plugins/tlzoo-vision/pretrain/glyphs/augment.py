"""Augmentation of drawings in the TensorFlow graph: handwriting, pens, scanners and low resolution.

Every draw depends only on the seed pair, so a batch can be reproduced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import tensorflow as tf

from pretrain.draws import Draws
from pretrain.glyphs.drawing import INK_SIDE, SIDE

IMAGE_SIZE = 32
LOW_RESOLUTIONS = (8, 11, 16)
_AS_DRAWN = 0.4  # pixels; a smaller change of a stroke's thickness is not applied
_BILINEAR_SHARE = 0.7
_DARK_INK_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Strength:
    """Strength of the augmentations. Lengths are shares of the picture's side, angles are in radians.

    Attributes:
        rotation: Standard deviation of the angle.
        shear: Standard deviation of the horizontal shear.
        aspect: Standard deviation of the log of width over height.
        size: Smallest and largest side of the ink, as a share of the picture.
        shift: Standard deviation of the position.
        elastic: Standard deviation of the bend at the knots of a 5x5 grid.
        low_resolution: Share of pictures that go through each of `LOW_RESOLUTIONS`.
        noise: Largest standard deviation of the pixel noise, where the ink is 1.
    """

    rotation: float = 0.17
    shear: float = 0.2
    aspect: float = 0.2
    size: tuple[float, float] = (0.65, 1.02)
    shift: float = 0.035
    elastic: float = 0.03
    low_resolution: tuple[float, ...] = (0.4, 0.15, 0.15)
    noise: float = 0.1


FULL = Strength()


def augment(images: tf.Tensor, seed: tf.Tensor, strength: Strength = FULL, share: tf.Tensor | float = 1.0) -> tf.Tensor:
    """Draw a new variant of each picture.

    Args:
        images: uint8 (N, 48, 48), drawings of `pretrain.glyphs.bank`.
        seed: int32 (2,): the run's seed and the step.
        strength: Strength of the augmentations.
        share: Factor for rotation, shear, bends, low resolution, blur and noise, between 0 and 1.

    Returns:
        float32 (N, 32, 32, 1) in [-1, 1], about half of them with dark ink.
    """
    draws = Draws(seed, tf.shape(images)[0], share)
    ink = tf.cast(images, tf.float32)[..., None] / 255.0
    ink = _thickness(ink, draws)
    ink = _warp(ink, draws, strength)
    ink = _low_resolution(ink, draws, strength)
    ink = _blur(ink, draws)
    return _contrast(ink, draws, strength)


def gentle() -> Strength:
    """Return weaker augmentations, for measuring accuracy."""
    return replace(FULL, rotation=0.1, shear=0.1, aspect=0.1, size=(0.8, 1.0), elastic=0.015, noise=0.05)


def _thickness(ink: tf.Tensor, draws: Draws) -> tf.Tensor:
    """Return thicker strokes (by up to two pixels on each side) for half of the pictures, thinner ones for a sixth."""
    thick = tf.nn.max_pool2d(ink, 3, 1, "SAME")
    thicker = tf.nn.max_pool2d(thick, 3, 1, "SAME")
    thin = -tf.nn.max_pool2d(-ink, 3, 1, "SAME")
    amount = tf.clip_by_value(draws.uniform(1, 1, 1, low=-1.2, high=2.0), -0.8, 2.0)
    amount = tf.where(tf.abs(amount) < _AS_DRAWN, 0.0, amount)
    grown = ink + tf.clip_by_value(amount, 0.0, 1.0) * (thick - ink)
    grown += tf.clip_by_value(amount - 1.0, 0.0, 1.0) * (thicker - thick)
    return grown + tf.clip_by_value(-amount, 0.0, 1.0) * (thin - ink)


def _warp(ink: tf.Tensor, draws: Draws, strength: Strength) -> tf.Tensor:
    """Apply rotation, shear, aspect, size, shift and bends in one bilinear sampling from 48 to 32 pixels a side."""
    angle = draws.normal(1, 1) * strength.rotation * draws.share
    shear = draws.normal(1, 1) * strength.shear * draws.share
    log_aspect = draws.normal(1, 1) * strength.aspect
    size = draws.uniform(1, 1, low=strength.size[0], high=strength.size[1])
    shift = draws.normal(1, 1, 2) * strength.shift
    bend = tf.image.resize(draws.normal(5, 5, 2) * strength.elastic * draws.share, (IMAGE_SIZE, IMAGE_SIZE), "bicubic")

    axis = (tf.range(IMAGE_SIZE, dtype=tf.float32) + 0.5) / IMAGE_SIZE - 0.5
    across = axis[None, None, :] + shift[..., 0] + bend[..., 0]
    down = axis[None, :, None] + shift[..., 1] + bend[..., 1]
    turned_across = tf.cos(angle) * across - tf.sin(angle) * down
    turned_down = tf.sin(angle) * across + tf.cos(angle) * down
    scale = INK_SIDE / SIDE / size
    source_across = (turned_across + shear * turned_down) * scale * tf.exp(-log_aspect / 2)
    source_down = turned_down * scale * tf.exp(log_aspect / 2)
    return _sample(ink, (source_across + 0.5) * SIDE - 0.5, (source_down + 0.5) * SIDE - 0.5)


def _sample(ink: tf.Tensor, across: tf.Tensor, down: tf.Tensor) -> tf.Tensor:
    """Return `ink` (N, 48, 48, 1), interpolated at pixel coordinates (N, 32, 32); paper outside."""
    padded = tf.pad(ink[..., 0], ((0, 0), (1, 1), (1, 1)))
    across = tf.clip_by_value(across + 1.0, 0.0, SIDE + 0.999)
    down = tf.clip_by_value(down + 1.0, 0.0, SIDE + 0.999)
    left, top = tf.floor(across), tf.floor(down)
    right_share, bottom_share = across - left, down - top
    width = SIDE + 2
    start = tf.cast(top, tf.int32) * width + tf.cast(left, tf.int32)
    start += (tf.range(tf.shape(ink)[0]) * width * width)[:, None, None]
    flat = tf.reshape(padded, [-1])
    upper = tf.gather(flat, start) * (1 - right_share) + tf.gather(flat, start + 1) * right_share
    lower = tf.gather(flat, start + width) * (1 - right_share) + tf.gather(flat, start + width + 1) * right_share
    return (upper * (1 - bottom_share) + lower * bottom_share)[..., None]


def _low_resolution(ink: tf.Tensor, draws: Draws, strength: Strength) -> tf.Tensor:
    """Downscale some pictures and scale them up again, bilinear or bicubic, like small scans."""
    chance, smooth = draws.uniform(1, 1, 1), draws.uniform(1, 1, 1) < _BILINEAR_SHARE
    threshold, result = 0.0, ink
    for side, most in zip(LOW_RESOLUTIONS, strength.low_resolution, strict=True):
        share = most * draws.share
        small = tf.image.resize(ink, (side, side), "area")
        bilinear = tf.image.resize(small, (IMAGE_SIZE, IMAGE_SIZE), "bilinear")
        bicubic = tf.image.resize(small, (IMAGE_SIZE, IMAGE_SIZE), "bicubic")
        chosen = tf.logical_and(chance >= threshold, chance < threshold + share)
        result = tf.where(chosen, tf.where(smooth, bilinear, bicubic), result)
        threshold += share
    return result


def _blur(ink: tf.Tensor, draws: Draws) -> tf.Tensor:
    """Apply a binomial blur over five pixels, from none to full."""
    row = tf.constant([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0
    kernel = (row[:, None] * row[None, :])[:, :, None, None]
    blurred = tf.nn.depthwise_conv2d(ink, kernel, (1, 1, 1, 1), "SAME")
    return ink + tf.maximum(draws.uniform(1, 1, 1, low=-1.0), 0.0) * draws.share * (blurred - ink)


def _contrast(ink: tf.Tensor, draws: Draws, strength: Strength) -> tf.Tensor:
    """Apply full ink, gamma, grey levels, noise (a third) and dark ink (half of the pictures); scale to [-1, 1]."""
    ink = tf.clip_by_value(ink, 0.0, 1.0)
    ink /= tf.maximum(tf.reduce_max(ink, axis=(1, 2, 3), keepdims=True), 0.1)
    ink **= tf.exp(draws.normal(1, 1, 1) * 0.25)
    top = draws.uniform(1, 1, 1, low=0.65)
    ink = ink * top + tf.maximum(draws.uniform(1, 1, 1, low=-0.25, high=0.25), 0.0) * (1.0 - ink)
    noise = tf.maximum(draws.uniform(1, 1, 1, low=-2 * strength.noise, high=strength.noise), 0.0)
    ink += noise * draws.share * draws.normal(IMAGE_SIZE, IMAGE_SIZE, 1)
    ink = tf.where(draws.uniform(1, 1, 1) < _DARK_INK_SHARE, 1.0 - ink, ink)
    return tf.clip_by_value(ink, 0.0, 1.0) * 2.0 - 1.0
