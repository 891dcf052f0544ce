"""What augmentation gains: one strategy with several policies, several seeds, accuracy on the test split.

Run it as `python tests/benchmarks/augmentation_gain.py [--data digits:] [--backbone glyphnet] [--per-class 10]
[--strategy fine-tune] [--epochs 20] [--seeds 5] [POLICY …]`. A policy may have options: `standard,rotate=10,views=8`.
Differences from the first policy are of the same seeds; they are given with their standard error.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from pathlib import Path
from typing import Any

from tlzoo.runs import parse_options, read_recipe, train_recipe


def main() -> None:
    """Print a row for each policy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("policies", nargs="*", default=["none", "light", "standard", "standard,rotate=10", "strong"])
    parser.add_argument("--data", default="digits:")
    parser.add_argument("--backbone", default="glyphnet")
    parser.add_argument("--strategy", default="fine-tune")
    parser.add_argument("--per-class", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    accuracies: dict[str, list[float]] = {policy: [] for policy in asked.policies}
    seconds: dict[str, list[float]] = {policy: [] for policy in asked.policies}
    with tempfile.TemporaryDirectory() as out:
        for seed in range(asked.seeds):
            for policy in asked.policies:
                result = trained(asked, policy, seed, Path(out))
                accuracies[policy].append(result["test"]["accuracy"])
                seconds[policy].append(result["seconds"])
                print(f"seed {seed}   {policy:28} {accuracies[policy][-1]:.4f}", flush=True)
    print(f"\n{asked.data}, {asked.backbone}, {asked.strategy}, {asked.per_class} a class, {asked.epochs} epochs")
    first = accuracies[asked.policies[0]]
    for policy, values in accuracies.items():
        differences = [value - other for value, other in zip(values, first, strict=True)]
        error = statistics.stdev(differences) / math.sqrt(len(differences)) if len(differences) > 1 else math.nan
        mean, gain = statistics.mean(values), statistics.mean(differences)
        print(f"{policy:28} {mean:.4f}   {gain:+.4f} +- {error:.4f}   {statistics.median(seconds[policy]):6.1f} s")


def trained(asked: argparse.Namespace, policy: str, seed: int, out: Path) -> Any:
    """Run one recipe; return its result."""
    name, *options = policy.split(",")
    recipe = read_recipe(
        None,
        {
            "data": asked.data,
            "backbone": asked.backbone,
            "strategy": {"name": asked.strategy, "options": {}},
            "per_class": asked.per_class,
            "epochs": asked.epochs,
            "seed": seed,
            "augment": {"name": name, "options": parse_options(options)},
            "export": [],
        },
    )
    return train_recipe(recipe, out=out).result


if __name__ == "__main__":
    main()
