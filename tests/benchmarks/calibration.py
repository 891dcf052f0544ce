"""Calibration: errors before and after it with few labels, and the coverage of the interval of the error.

    python tests/benchmarks/calibration.py [--backbones glyphnet,numeric/identity.raw] [--labels 5,10,50]
        [--seeds 5] [--draws 150]

The first table trains linear heads with ``tlzoo.train`` on packaged data, and measures on all other samples. In the
second, labels are drawn from known probabilities, whose logits are then multiplied by a factor.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

METHODS = ("temperature", "vector")
FACTORS = (1.0, 1.2, 1.5)
COUNTS = (100, 400)


def trained(backbones: list[str], budgets: list[int], seeds: int, folder: Path) -> Iterator[str]:
    """Yield the rows of the first table."""
    import tlzoo

    yield "| backbone, labels a class, method | calibration error before | after | log loss before | after |"
    yield "|---|---|---|---|---|"
    for backbone in backbones:
        for labels in budgets:
            for method in METHODS:
                tests = [
                    tlzoo.train(
                        _digits() if backbone.startswith("numeric") else "digits:",
                        backbone=backbone,
                        strategy="feature-extraction",
                        per_class=labels,
                        calibrate=method,
                        export=[],
                        seed=seed,
                        out=folder,
                    ).test
                    for seed in range(seeds)
                ]
                errors = [np.mean([each[name] for each in of]) for name in _FIGURES for of in _both(tests)]
                before, after, loss_before, loss_after = errors
                yield (
                    f"| {backbone}, {labels}, {method} | {before:.1%} | {after:.1%} "
                    f"| {loss_before:.3f} | {loss_after:.3f} |"
                )


_FIGURES = ("calibration_error", "log_loss")


def _both(tests: list[dict]) -> tuple[list[dict], list[dict]]:
    return [each["uncalibrated"] for each in tests], tests


def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    return (digits.data / 16).astype(np.float32), digits.target


def simulated(draws: int) -> Iterator[str]:
    """Yield the rows of the second table."""
    from tlzoo.tasks.reliability import reliability

    yield "| samples, factor of the logits | true error | mean estimate | share of intervals with the true error |"
    yield "|---|---|---|---|"
    random = np.random.default_rng(1)
    for count in COUNTS:
        for factor in FACTORS:
            shares, right = _drawn(random, 400_000, factor)
            parts = np.array_split(np.argsort(shares[:, 0]), 15)
            true = sum(abs((right[part] - shares[part]).sum()) for part in parts) / len(shares)
            found = [reliability(*_drawn(random, count, factor)) for _ in range(draws)]
            covered = np.mean([each.interval[0] <= true <= each.interval[1] for each in found])
            mean = np.mean([each.error for each in found])
            yield f"| {count}, {factor:g} | {true:.1%} | {mean:.1%} | {covered:.0%} |"


def _drawn(random: np.random.Generator, count: int, factor: float) -> tuple[np.ndarray, np.ndarray]:
    logits = random.normal(0, 2, (count, 5))
    shares, claimed = _softmax(logits), _softmax(factor * logits)
    labels = (shares.cumsum(axis=1) > random.random((count, 1))).argmax(axis=1)
    return claimed.max(axis=1, keepdims=True), (claimed.argmax(axis=1) == labels)[:, np.newaxis]


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbones", default="glyphnet,numeric/identity.raw")
    parser.add_argument("--labels", default="5,10,50")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=150)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        budgets = [int(each) for each in arguments.labels.split(",")]
        for line in trained(arguments.backbones.split(","), budgets, arguments.seeds, Path(folder)):
            print(line, flush=True)
    print()
    for line in simulated(arguments.draws):
        print(line, flush=True)


if __name__ == "__main__":
    main()
