"""Prints the accuracy on handwritten digits: logistic regression on 1, 5 and 10 labels per class, ten draws.

Digits are used only here. `pretrain.glyphs.proxy` chooses the pooling and the strength of the regularisation without
them; `--poolings` also shows the poolings that were not chosen.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from pretrain.fewshot import accuracy, draw, feature_maps
from pretrain.glyphs.proxy import DECLARED_POOLING, DECLARED_STRENGTH, POOLINGS, SHOTS
from pretrain.threads import use_threads
from tlzoo_vision.glyphnet import glyphnet

WEIGHTS = Path(__file__).parents[2] / "tlzoo_vision" / "weights" / "glyphnet.glyphs.weights.h5"
DRAWS = 10


def table(weights: Path, *, poolings: bool = False) -> list[str]:
    """Yield the lines of the Markdown table: accuracy as mean and standard deviation over the draws."""
    scans, labels = load_digits(return_X_y=True)
    images = _model_ready(scans)
    random, trained = glyphnet(seed=0), glyphnet(seed=0)
    trained.load_weights(weights)
    maps = feature_maps(trained, images)
    declared = POOLINGS[DECLARED_POOLING]
    rows = {
        "pixels": scans.astype(np.float32),
        "same network, random weights": declared(feature_maps(random, images)),
        f"glyph features ({DECLARED_POOLING} pooling, as declared)": declared(maps),
    }
    if poolings:
        others = {name: pool for name, pool in POOLINGS.items() if name != DECLARED_POOLING}
        rows |= {f"glyph features ({name}, not declared)": pool(maps) for name, pool in others.items()}
    lines = ["| labelled digits a class | " + " | ".join(map(str, SHOTS)) + " |", "|---" * (len(SHOTS) + 1) + "|"]
    for name, vectors in rows.items():
        lines.append(f"| {name} | " + " | ".join(_cell(vectors, labels, shots) for shots in SHOTS) + " |")
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the backbone's weights")
    parser.add_argument("--poolings", action="store_true", help="the other poolings as well")
    arguments = parser.parse_args()
    use_threads(2)
    digest = hashlib.sha256(arguments.weights.read_bytes()).hexdigest()
    lines = [
        f"sha256 of the weights {digest}; {DRAWS} draws",
        "",
        *table(arguments.weights, poolings=arguments.poolings),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def _model_ready(scans: NDArray[np.float64]) -> NDArray[np.float32]:
    """Resize digits (N, 64) with values 0 to 16 to float32 (N, 32, 32, 1) in [-1, 1], bilinear."""
    raw = scans.reshape(-1, 8, 8, 1).astype(np.float32) * (255.0 / 16.0)
    enlarged = keras.ops.image.resize(raw, (32, 32), interpolation="bilinear")
    return np.asarray(enlarged, np.float32) / 127.5 - 1.0


def _cell(vectors: NDArray[np.float32], labels: NDArray[np.integer], shots: int) -> str:
    results = [
        accuracy(vectors, labels, *draw(labels, range(10), shots, np.random.default_rng(seed)), DECLARED_STRENGTH)
        for seed in range(DRAWS)
    ]
    return f"{np.mean(results):.3f} ± {np.std(results):.3f}"


if __name__ == "__main__":
    main()
