"""Few-shot accuracy on scripts that are not in the training data. It compares settings, so that digits do not."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pretrain.fewshot import (
    Pooling,
    accuracy,
    average,
    average_and_quadrants,
    draw,
    feature_maps,
    flatten,
    quadrants,
    unit,
)
from pretrain.glyphs import bank, classes
from pretrain.glyphs.augment import Strength, augment
from pretrain.glyphs.characters import script
from pretrain.glyphs.sampling import labelled
from pretrain.threads import use_threads
from tlzoo_vision.glyphnet import glyphnet

SHOTS = (1, 5, 10)
EPISODES, CLASSES, PICTURES = 30, 10, 40
# Everything through 8 pixels a side, ink bright, moderate hands.
HANDS = Strength(rotation=0.1, shear=0.15, aspect=0.12, size=(0.9, 1.02), low_resolution=(1.0, 0.0, 0.0), noise=0.0)
POOLINGS: dict[str, Pooling] = {
    "average": average,
    "average, unit length": lambda maps: unit(average(maps)),
    "quadrants, unit length": lambda maps: unit(quadrants(maps)),
    "average and quadrants": average_and_quadrants,
    "flatten, unit length": lambda maps: unit(flatten(maps)),
}
DECLARED_POOLING = "average"
DECLARED_STRENGTH = 0.1


def pictures(glyphs: bank.Bank) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return `PICTURES` variants of each held-out character, float32 (N, 32, 32, 1), ink bright, and labels (N,)."""
    drawings = labelled(glyphs, classes.read("heldout.txt"), held_out=None)
    random = np.random.default_rng(0)
    rows = np.concatenate(
        [random.choice(np.flatnonzero(drawings.labels == label), PICTURES) for label in np.unique(drawings.labels)]
    )
    drawn = augment(tf.constant(drawings.images[rows]), tf.constant([0, 0]), HANDS).numpy()
    border = np.concatenate([drawn[:, 0], drawn[:, -1], drawn[:, :, 0], drawn[:, :, -1]], axis=1)
    dark_ink = np.median(border, axis=(1, 2)) > 0
    drawn[dark_ink] *= -1
    return drawn, drawings.labels[rows]


def score(features: NDArray[np.float32], labels: NDArray[np.int32], shots: int, strength: float) -> float:
    """Return the mean accuracy over `EPISODES` tasks of ten characters of one script."""
    codes = classes.read("heldout.txt")
    by_script: dict[str, list[int]] = {}
    for place, code in enumerate(codes):
        by_script.setdefault(script(code), []).append(place)
    results = []
    for episode in range(EPISODES):
        random = np.random.default_rng((1, episode))
        places = by_script[sorted(by_script)[episode % len(by_script)]]
        chosen = random.choice(places, CLASSES, replace=False)
        results.append(accuracy(features, labels, *draw(labels, chosen, shots, random), strength))
    return float(np.mean(results))


def main() -> None:
    """Print the table of poolings and regularisation strengths for one weights file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, nargs="*", help="weights files; none: random weights")
    parser.add_argument("--bank", type=Path, default=bank.DEFAULT, help="where the drawings are kept")
    parser.add_argument("--poolings", action="store_true", help="compare poolings and strengths")
    arguments = parser.parse_args()
    use_threads(2)
    images, labels = pictures(bank.load(arguments.bank))
    model = glyphnet(seed=0)
    for path in arguments.weights or [None]:
        if path is not None:
            model.load_weights(path)
        maps = feature_maps(model, images)
        for name, pooling in POOLINGS.items():
            if name != DECLARED_POOLING and not arguments.poolings:
                continue
            vectors = pooling(maps)
            for strength in (0.01, 0.1, 1.0, 10.0) if arguments.poolings else (DECLARED_STRENGTH,):
                shown = " ".join(f"{score(vectors, labels, shots, strength):.3f}" for shots in SHOTS)
                sys.stdout.write(f"{path or 'random'}  {name}, C={strength}: {shown}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
