"""Turns a rendered thing into a picture of it: cut, turned, on some background, in other light; in the graph.

Every draw is a function of the seed pair that is passed in, so that a batch can be made again.
"""

from __future__ import annotations

import tensorflow as tf

from pretrain.draws import Draws
from pretrain.imagenet.rendering import SIDE

SPAN = (0.5, 1.2)  # smallest and largest side of what is seen, as a share of the rendered square
_ROTATION, _ASPECT = 0.15, 0.15  # standard deviations: radians, log of width over height
_ON_WHITE, _ON_COLOUR = 0.45, 0.25  # share of pictures; the others come on a piece of a scene
_MIRRORED, _GREY, _BLURRED = 0.5, 0.1, 0.3  # share of pictures
_LUMINANCE = (0.299, 0.587, 0.114)


def augment(images: tf.Tensor, scenes: tf.Tensor, seed: tf.Tensor, size: int) -> tf.Tensor:
    """Draw a new picture of each.

    Args:
        images: uint8 (N, 72, 72, 4), of the bank.
        scenes: uint8 (N, 72, 72, 4), opaque, for backgrounds.
        seed: int32 (2,): the run's seed and a number of the batch.
        size: Side of the results in pixels.

    Returns:
        float32 (N, size, size, 3) in [-1, 1].
    """
    draws = Draws(seed, tf.shape(images)[0])
    seen = _cut(tf.cast(images, tf.float32) / 255.0, draws, size)
    pictures = seen[..., :3] + (1.0 - seen[..., 3:]) * _background(scenes, draws, size)
    return tf.clip_by_value(_light(_blur(pictures, draws), draws), 0.0, 1.0) * 2.0 - 1.0


def plain(images: tf.Tensor, size: int) -> tf.Tensor:
    """Whole pictures (N, h, w, 3), 0..255, made smaller with averaging; float32 (N, size, size, 3) in [-1, 1]."""
    return tf.image.resize(tf.cast(images, tf.float32), (size, size), "bilinear", antialias=True) / 127.5 - 1.0


def _cut(images: tf.Tensor, draws: Draws, size: int) -> tf.Tensor:
    """Size, place, rotation, aspect and mirror image in one bilinear sampling; the edge goes on outside."""
    low, high = SPAN
    span = tf.exp(draws.uniform(low=0.0, high=1.0) * tf.math.log(high / low)) * low
    angle, aspect = draws.normal() * _ROTATION, tf.exp(draws.normal() * _ASPECT / 2)
    mirror = tf.where(draws.uniform() < _MIRRORED, -1.0, 1.0)
    free = tf.abs(1.0 - span) / 2
    across = 0.5 + draws.uniform(low=-1.0, high=1.0) * free
    down = 0.5 + draws.uniform(low=-1.0, high=1.0) * free
    step = span * SIDE / size
    a, b = mirror * step * aspect * tf.cos(angle), -step / aspect * tf.sin(angle)
    c, d = mirror * step * aspect * tf.sin(angle), step / aspect * tf.cos(angle)
    half = (size - 1) / 2
    left, top = across * SIDE - 0.5 - (a + b) * half, down * SIDE - 0.5 - (c + d) * half
    zero = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([a, b, left, c, d, top, zero, zero], axis=1),
        output_shape=(size, size),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )


def _background(scenes: tf.Tensor, draws: Draws, size: int) -> tf.Tensor:
    chance = draws.uniform(1, 1, 1)
    colour = draws.uniform(1, 1, 3)
    scene = tf.image.resize(tf.cast(scenes[..., :3], tf.float32) / 255.0, (size, size))
    return tf.where(chance < _ON_WHITE, 1.0, tf.where(chance < _ON_WHITE + _ON_COLOUR, colour, scene))


def _blur(pictures: tf.Tensor, draws: Draws) -> tf.Tensor:
    row = tf.constant([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0
    kernel = tf.tile((row[:, None] * row[None, :])[:, :, None, None], (1, 1, 3, 1))
    blurred = tf.nn.depthwise_conv2d(pictures, kernel, (1, 1, 1, 1), "SAME")
    amount = tf.where(draws.uniform(1, 1, 1) < _BLURRED, draws.uniform(1, 1, 1), 0.0)
    return pictures + amount * (blurred - pictures)


def _light(pictures: tf.Tensor, draws: Draws) -> tf.Tensor:
    """Brightness, contrast, saturation, tint, grey for a few."""
    grey = tf.reduce_sum(pictures * tf.constant(_LUMINANCE), axis=3, keepdims=True)
    saturation = tf.where(draws.uniform(1, 1, 1) < _GREY, 0.0, draws.uniform(1, 1, 1, low=0.5, high=1.4))
    pictures = grey + saturation * (pictures - grey)
    mean = tf.reduce_mean(pictures, axis=(1, 2, 3), keepdims=True)
    pictures = mean + draws.uniform(1, 1, 1, low=0.6, high=1.3) * (pictures - mean)
    tint = tf.exp(draws.normal(1, 1, 3) * 0.08)
    return pictures * tint + draws.normal(1, 1, 1) * 0.08
