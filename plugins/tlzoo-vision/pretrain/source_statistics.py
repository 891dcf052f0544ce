"""Prints statistics of the training pictures of the packaged backbones, as lines for their entries.

    python -m pretrain.source_statistics glyphs

The pictures are the augmented ones in the first batches, with the settings of the training. `--strategy auto` and
`--backbone auto` compare a user's pictures with these statistics.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tlzoo.data import statistics_of

BATCHES = 16
_SIDE = 32


def glyphs() -> Iterator[NDArray[np.float32]]:
    """Yield training batches of GlyphNet, float32 (N, 32, 32, 1) in [-1, 1]."""
    from pretrain.glyphs import bank
    from pretrain.glyphs.augment import augment
    from pretrain.glyphs.sampling import Batches, training_drawings
    from pretrain.glyphs.trainer import Settings

    settings = Settings()
    batches = Batches(training_drawings(bank.load()), settings.batch_size, settings.seed)
    for step in range(BATCHES):
        yield augment(tf.constant(batches.at(step)[0]), tf.constant([settings.seed, step])).numpy()


def main() -> None:
    """Print the lines of one backbone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=("glyphs",))
    seen = {"glyphs": glyphs}[parser.parse_args().which]()
    pixels = np.concatenate([(np.clip(batch, -1, 1) + 1) * 127.5 for batch in seen])
    small = tf.image.resize(pixels, (_SIDE, _SIDE), antialias=True).numpy()
    for name, spread in statistics_of(np.broadcast_to(small, (*small.shape[:3], 3))).items():
        sys.stdout.write(f"training.statistics.{name} = {spread}\n")


if __name__ == "__main__":
    main()
