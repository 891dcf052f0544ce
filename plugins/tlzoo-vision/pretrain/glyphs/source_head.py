"""Fits the source head, a classifier of the source's characters, on the backbone's features. Writes it and its log.

The classifier of the training was not saved. This one is linear on the pooled features of the frozen backbone. It is
fitted on the drawings of the training with new draws of the same augmentations. Only the scores that use source classes
(LEEP, NCE) need it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pretrain import log as logs
from pretrain.adamw import AdamW, rate_at
from pretrain.glyphs import bank, classes
from pretrain.glyphs.augment import augment, gentle
from pretrain.glyphs.evaluate import WEIGHTS
from pretrain.glyphs.fonts import HERE
from pretrain.glyphs.sampling import Batches, Drawings, held_out_drawings, training_drawings
from pretrain.threads import use_threads
from tlzoo.backbones import read_source_head, write_source_head
from tlzoo_vision.glyphnet import glyphnet

LOG = HERE / "source_head.log.jsonl"
HEAD = WEIGHTS.with_name("glyphnet.glyphs.head.npz")
HELD_OUT_SEED = 1  # of the augmentation of drawings in held-out fonts, as in `trainer.accuracy`


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings that determine the head, besides bank and backbone.

    ``pictures`` at a time are augmented and passed through the backbone once. The head is then trained on the features
    for ``epochs``. The learning rate rises for ``warmup`` steps and falls to zero over the others.
    """

    seed: int = 2
    batches: int = 1600
    pictures: int = 128
    epochs: int = 10
    batch_size: int = 1024
    warmup: int = 50
    rate: float = 0.01
    weight_decay: float = 0.0003

    def as_dict(self) -> dict[str, float | int]:
        """Return all fields, for the log."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Seen:
    """Pooled features, float32 (N, D) and labels int32 (N,)."""

    features: NDArray[np.float32]
    labels: NDArray[np.int32]


def training_features(model: keras.Model, glyphs: bank.Bank, settings: Settings, batches: int | None = None) -> Seen:
    """Return features of the first ``batches`` of augmented drawings; None means all of the settings."""
    drawn = Batches(training_drawings(glyphs), settings.pictures, settings.seed)
    return _seen(
        model,
        (
            (augment(tf.constant(images), tf.constant([settings.seed, step])), labels)
            for step, (images, labels) in ((step, drawn.at(step)) for step in range(batches or settings.batches))
        ),
    )


def held_out_features(model: keras.Model, drawings: Drawings, batch_size: int = 256) -> Seen:
    """Return features of drawings with weak augmentation, always the same."""
    starts = range(0, len(drawings.labels), batch_size)
    parts = ((start, slice(start, start + batch_size)) for start in starts)
    return _seen(
        model,
        (
            (augment(tf.constant(drawings.images[part]), tf.constant([HELD_OUT_SEED, start]), gentle()), labels)
            for start, part, labels in ((start, part, drawings.labels[part]) for start, part in parts)
        ),
    )


def fit(seen: Seen, count: int, settings: Settings, log: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return kernel (D, S) and bias (S,) of the softmax regression on ``count`` classes; log each epoch."""
    mean, deviation = seen.features.mean(axis=0), seen.features.std(axis=0) + 1e-6
    evened = (seen.features - mean) / deviation
    kernel, bias = tf.Variable(tf.zeros((evened.shape[1], count))), tf.Variable(tf.zeros(count))
    optimizer = AdamW([kernel, bias], settings.weight_decay)

    def compute(features: tf.Tensor, labels: tf.Tensor, rate: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = tf.matmul(features, kernel) + bias
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        optimizer.descend(tape.gradient(loss, [kernel, bias]), rate, step)
        return loss

    descend = tf.function(compute, autograph=False)
    in_epoch = len(evened) // settings.batch_size
    steps = in_epoch * settings.epochs
    for epoch in range(settings.epochs):
        order = np.random.default_rng((settings.seed, epoch)).permutation(len(evened))
        losses = []
        for place in range(in_epoch):
            rows = order[place * settings.batch_size : (place + 1) * settings.batch_size]
            step = epoch * in_epoch + place
            rate = rate_at(step, rate=settings.rate, steps=steps, warmup=settings.warmup, decay=steps)
            at = tf.constant(rate, tf.float32), tf.constant(step)
            losses.append(float(descend(tf.constant(evened[rows]), tf.constant(seen.labels[rows]), *at)))
        logs.append(log, {"epoch": epoch + 1, "loss": round(float(np.mean(losses)), 5)})
    unevened = kernel.numpy() / deviation[:, None]
    return unevened, bias.numpy() - mean @ unevened


def measure(head: keras.Model, seen: Seen) -> dict[str, float]:
    """Return the accuracy and the mean cross-entropy (nats) of a head."""
    found = np.asarray(head.predict(seen.features, batch_size=1024, verbose=0))
    likely = found[np.arange(len(found)), seen.labels]
    return {
        "accuracy": round(float((found.argmax(axis=1) == seen.labels).mean()), 4),
        "loss": round(float(-np.log(np.maximum(likely, 1e-30)).mean()), 5),
    }


def _seen(model: keras.Model, batches: Iterator[tuple[tf.Tensor, NDArray[np.int32]]]) -> Seen:
    pooled = tf.function(lambda images: tf.reduce_mean(model(images, training=False), axis=(1, 2)), autograph=False)
    features, labels = [], []
    for images, truth in batches:
        features.append(pooled(images).numpy())
        labels.append(truth)
    return Seen(np.concatenate(features), np.concatenate(labels))


def main() -> None:
    """Parse the command line and fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--bank", type=Path, default=bank.DEFAULT, help="where the drawings are kept")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the backbone's weights")
    parser.add_argument("--head", type=Path, default=bank.DEFAULT.with_name(HEAD.name), help="to")
    parser.add_argument("--log", type=Path, default=LOG, help="JSON lines")
    parser.add_argument("--threads", type=int, default=2, help="of TensorFlow")
    arguments = parser.parse_args()
    use_threads(arguments.threads)
    settings, glyphs = Settings(), bank.load(arguments.bank)
    model = glyphnet()
    model.load_weights(arguments.weights)
    logs.begin(arguments.log, settings.as_dict(), glyphs.digest, 0)
    seen = training_features(model, glyphs, settings)
    write_source_head(arguments.head, *fit(seen, len(classes.read()), settings, arguments.log), bits=8)
    head, unseen = read_source_head(arguments.head), held_out_features(model, held_out_drawings(glyphs))
    first = Seen(seen.features[: settings.batch_size], seen.labels[: settings.batch_size])
    logs.append(arguments.log, {f"first_{name}": value for name, value in measure(head, first).items()})
    logs.append(arguments.log, {f"held_out_{name}": value for name, value in measure(head, unseen).items()})


if __name__ == "__main__":
    main()
