"""Setups for the benchmarks of training: a network of Keras Applications with random weights on JPEG files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tlzoo.backbones import Backbone, LoadRequest, load_backbone
from tlzoo.data import Dataset, images, split
from tlzoo.heads import Linear
from tlzoo.training import Setup

__all__ = ["ENTRIES", "Lines", "Noting", "make_setup", "network", "open_photographs", "timed"]

ENTRIES = {"MobileNetV2": "keras/mobilenet-v2.imagenet", "ResNet50": "keras/resnet50.imagenet"}


class Noting:
    """Progress that prints what is noted."""

    @contextmanager
    def track(self, _what: str, _total: int, _unit: str) -> Iterator[Any]:
        yield lambda _done: None

    def note(self, text: str) -> None:
        print("note:", text)


class Lines:
    """A record of a phase's epochs that lies nowhere."""

    def append(self, **_figures: Any) -> None:
        pass


def network(name: str, size: int) -> Backbone:
    """Return MobileNetV2 or ResNet50 with random weights, for images of ``size`` pixels.

    Its BatchNorm statistics are those of a batch of noise: with fresh ones, activations vanish from layer to layer.
    """
    import keras
    import tensorflow as tf

    backbone = load_backbone(ENTRIES[name], LoadRequest(weights="random", image_size=(size, size)))
    norms = [layer for layer in backbone.model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    before = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0
    backbone.model(tf.random.stateless_uniform((8, size, size, 3), (0, 0), -1, 1), training=True)
    for layer, momentum in zip(norms, before, strict=True):
        layer.momentum = momentum
    return backbone


def open_photographs(folder: Path) -> Dataset:
    """Return four fifths to train on and a fifth to validate with."""
    return split(images(str(folder), {}), seed=0, validation=0.2, test=0.0)


def make_setup(backbone: Backbone, data: Dataset, folder: Path) -> Setup:
    """Return a setup with a linear head and batches of 32; ``folder`` must not exist yet."""
    return Setup(backbone, Linear(), data, seed=0, checkpoints=folder, batch_size=32, progress=Noting())


class timed:  # noqa: N801 - reads as a statement
    """Measures the seconds of its block; ``clock`` is ``time.process_time`` where others keep the machine busy."""

    clock = staticmethod(time.perf_counter)

    def __enter__(self) -> Self:
        self._began = timed.clock()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = timed.clock() - self._began
