"""What heads on sequences and pyramids are worth beside the linear head, on scikit-learn's digits.

Every head trains on the same frozen features by the strategy feature-extraction, with its own defaults: the linear head
is solved, the others descend. Run: python tests/benchmarks/heads.py [--backbone NAME …] [--per-class 20] [--seeds 3]
"""

from __future__ import annotations

import argparse
import tempfile
import time

import numpy as np

import tlzoo

BACKBONES = ("vision/glyphnet.glyphs", "vision/efficientnet-lite0.imagenet")
HEADS = ("linear", "mlp", "attention", "pyramid")


def main() -> None:
    """Print a table of accuracies on the test split, with the time of a whole run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", nargs="+", default=BACKBONES)
    parser.add_argument("--per-class", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=None)
    arguments = parser.parse_args()
    print(
        "| backbone | head | accuracy, standard deviation | against linear | CPU seconds a run |\n|---|---|---|---|---|"
    )
    for backbone in arguments.backbone:
        linear: list[float] = []
        for head in HEADS:
            began = time.process_time()
            found = [_accuracy(backbone, head, seed, arguments) for seed in range(arguments.seeds)]
            seconds = (time.process_time() - began) / arguments.seeds
            linear = linear or found
            gains = np.subtract(found, linear)
            error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else np.nan
            gain = "" if head == "linear" else f"{gains.mean():+.3f} ± {error:.3f}"
            row = f"{np.mean(found):.3f} ± {np.std(found):.3f} | {gain} | {seconds:.1f}"
            print(f"| {backbone} | `{head}` | {row} |", flush=True)


def _accuracy(backbone: str, head: str, seed: int, arguments: argparse.Namespace) -> float:
    with tempfile.TemporaryDirectory() as folder:
        run = tlzoo.train(
            data="digits:",
            backbone=backbone,
            head=head,
            strategy="feature-extraction",
            per_class=arguments.per_class,
            epochs=arguments.epochs,
            seed=seed,
            export=[],
            out=folder,
        )
        return float(run.test["accuracy"])


if __name__ == "__main__":
    main()
