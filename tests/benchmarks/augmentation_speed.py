"""How long augmenting a batch of 32 takes, beside Keras's layers for the same operations.

Run it as `python tests/benchmarks/augmentation_speed.py [--size 224] [--rounds 5] [--cpu]`. Each is compiled first and
timed in turn, round by round; medians are printed. Keras's draw other operations or other strengths: the aim is the
size of the difference.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from trials import timed

from tlzoo.modalities.augmentation import augmentation_of, augmenter

BATCH = 32
STEPS = 5


def main() -> None:
    """Print milliseconds a batch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cpu", action="store_true", help="seconds of all threads instead: for a busy machine")
    asked = parser.parse_args()
    timed.clock = staticmethod(time.process_time if asked.cpu else time.perf_counter)
    shape = (asked.size, asked.size, 3)
    images = tf.constant(np.random.default_rng(0).uniform(0, 255, (BATCH, *shape)).astype(np.float32))
    pairs = {
        "flip and crop": (ours(shape, flip=True, crop=0.2), None),
        "flip, rotate, shear, zoom": (ours(shape, flip=True, rotate=10, shear=0.1, zoom=0.1), geometry()),
        "colour": (ours(shape, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.02), colour()),
        "RandAugment": (ours(shape, randaugment=2), [keras.layers.RandAugment(num_ops=2)]),
    }
    rows: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in pairs}
    compiled = {name: (own, None if layers is None else chained(layers)) for name, (own, layers) in pairs.items()}
    for _ in range(asked.rounds + 1):  # the first one compiles
        for name, each in compiled.items():
            for seconds, augment in zip(rows[name], each, strict=True):
                if augment is not None:
                    with timed() as took:
                        for step in range(STEPS):
                            augment(images, step)
                    seconds.append(took.seconds)
    print(f"milliseconds for {BATCH} pictures of {asked.size} pixels{', all threads together' if asked.cpu else ''}")
    for name, sides in rows.items():
        own, keras_own = (1e3 * statistics.median(side[1:]) / STEPS if side else None for side in sides)
        beside = "" if keras_own is None else f"   Keras {keras_own:8.1f}   {keras_own / own:5.1f} times"
        print(f"{name:28} {own:8.1f}{beside}")


def ours(shape: tuple[int, ...], **options: Any) -> Callable[[Any, int], Any]:
    """Return a function from a batch and a number that decides the draws."""
    augmentation = augmentation_of("none", options, "vision")
    assert augmentation is not None
    change, samples = augmenter(augmentation, shape), np.arange(BATCH)
    return lambda images, number: change(images, number, samples)


def chained(layers: list[Any]) -> Callable[[Any, int], Any]:
    """Return the layers one after the other, compiled."""

    def call(images: Any) -> Any:
        for layer in layers:
            images = layer(images, training=True)
        return images

    compiled = tf.function(call)
    return lambda images, _number: compiled(images)


def geometry() -> list[Any]:
    """Return Keras's layers for geometry."""
    layers = keras.layers
    return [
        layers.RandomFlip("horizontal"),
        layers.RandomRotation(10 / 360, fill_mode="reflect"),
        layers.RandomShear(0.1, 0.1, fill_mode="reflect"),
        layers.RandomZoom(0.1, 0.1, fill_mode="reflect"),
    ]


def colour() -> list[Any]:
    """Return Keras's layer for colours."""
    factors = {"brightness_factor": 0.2, "contrast_factor": 0.2, "saturation_factor": 0.2, "hue_factor": 0.02}
    return [keras.layers.RandomColorJitter(value_range=(0, 255), **factors)]


if __name__ == "__main__":
    main()
