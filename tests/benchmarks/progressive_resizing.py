"""Progressive resizing against the final size throughout: time and accuracy on the test split, several seeds.

Run it as `python tests/benchmarks/progressive_resizing.py [--data digits:] [--backbone glyphnet] [--image-size 64]
[--per-class 100] [--epochs 20] [--seeds 3] [SIZES …]`. SIZES are the growing sizes of one row, as `32,48`. The first
row is the same strategy at the final size throughout: the same phases, shares and rates; heads descend. Seconds are
those of a whole run but for the evaluation at its end: loading and compiling at every size, and features, computed anew
in every run.
Differences in accuracy are of the same seeds, with their standard error.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from tlzoo.runs import read_recipe, train_recipe


def main() -> None:
    """Print a row for each list of sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", default=[])
    parser.add_argument("--data", default="digits:")
    parser.add_argument("--backbone", default="glyphnet")
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--per-class", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    use = asked.image_size
    rows = [str(use), *(asked.sizes or [f"{use // 2},{3 * use // 4},{use}", f"{use // 2},{3 * use // 4}"])]
    results: dict[str, list[Any]] = {row: [] for row in rows}
    with tempfile.TemporaryDirectory() as folder:  # what TensorFlow does at its first use is nobody's time
        os.environ["TLZOO_CACHE"] = str(Path(folder, "cache"))
        trained(argparse.Namespace(**{**vars(asked), "epochs": 1, "per_class": 6}), rows[0], 0, Path(folder))
    for seed in range(asked.seeds):
        for row in rows:
            with tempfile.TemporaryDirectory() as folder:
                os.environ["TLZOO_CACHE"] = str(Path(folder, "cache"))
                results[row].append(trained(asked, row, seed, Path(folder)))
            found = results[row][-1]
            print(
                f"seed {seed}   sizes {row:12} {found['test']['accuracy']:.4f}   {found['seconds']:6.1f} s", flush=True
            )
    print(f"\n{asked.data}, {asked.backbone} at {use} pixels, {asked.per_class} a class, {asked.epochs} epochs")
    print("sizes           accuracy   difference           seconds   of the first")
    first = results[rows[0]]
    for row, found in results.items():
        values = [each["test"]["accuracy"] for each in found]
        differences = [value - other["test"]["accuracy"] for value, other in zip(values, first, strict=True)]
        error = statistics.stdev(differences) / math.sqrt(len(differences)) if len(differences) > 1 else math.nan
        seconds = statistics.median(each["seconds"] for each in found)
        share = seconds / statistics.median(each["seconds"] for each in first)
        gain = f"{statistics.mean(differences):+.4f} +- {error:.4f}"
        print(f"{row:14}  {statistics.mean(values):.4f}     {gain}    {seconds:6.1f}   {100 * share:4.0f} %")


def trained(asked: argparse.Namespace, sizes: str, seed: int, out: Path) -> Any:
    """Run one recipe; return its result."""
    options = {"sizes": [int(size) for size in sizes.split(",")], "solver": "gradient"}
    recipe = read_recipe(
        None,
        {
            "data": asked.data,
            "backbone": asked.backbone,
            "strategy": {"name": "progressive-resizing", "options": options},
            "per_class": asked.per_class,
            "image_size": asked.image_size,
            "epochs": asked.epochs,
            "seed": seed,
            "export": [],
        },
    )
    return train_recipe(recipe, out=out).result


if __name__ == "__main__":
    main()
