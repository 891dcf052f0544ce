"""How often the intervals of seeds and folds cover the true mean, on drawn data where it is known.

    python tests/benchmarks/interval_coverage.py [--repetitions 1000]

Two normal classes in five dimensions, and a nearest-mean classifier, whose accuracy on new data is known exactly. Each
repetition draws a data set, trains on seeds (drawn splits with 15 % for testing) and on folds, and asks whether the
interval of ``tlzoo.evaluation.mean_interval`` has the target. Targets are the mean over all seeds on the same data, and
the mean accuracy on new data of classifiers trained on as many samples.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from tlzoo.evaluation import mean_interval

DIMENSIONS, DISTANCE = 5, 1.0
TEST_SHARE = 0.15
MANY = 400
"""Number of seeds that stand for all."""


def main() -> None:
    """Print a table of coverages in percent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=1000)
    words = parser.parse_args()
    draw = np.random.default_rng(0)
    print("| runs | samples | interval | mean over other seeds, same data | mean on new data |")
    print("|---|---|---|---|---|")
    for count in (100, 400):
        for runs in (5, 10):
            kept = round(count * (1 - TEST_SHARE))
            same, new = _seeds(draw, count, runs, _expected(draw, kept), words.repetitions)
            print(f"| {runs} seeds | {count} | t | {same:.1f} % | {new:.1f} % |")
        for runs in (5, 10):
            target = _expected(draw, count - count // runs)
            naive, corrected = _folds(draw, count, runs, target, words.repetitions)
            print(f"| {runs} folds | {count} | t, without correction | | {naive:.1f} % |")
            print(f"| {runs} folds | {count} | corrected | | {corrected:.1f} % |")
    print(
        f"\n{words.repetitions} data sets each; the standard error of 95 % is "
        f"{100 * math.sqrt(0.95 * 0.05 / words.repetitions):.1f} points"
    )


def _seeds(draw: np.random.Generator, count: int, runs: int, on_new: float, repetitions: int) -> tuple[float, float]:
    """Return the coverage of the mean over other seeds, and of the mean on new data, in percent."""
    tested = round(count * TEST_SHARE)
    same = new = 0
    for _ in range(repetitions):
        x, y = _data(draw, count)
        scores = []
        for _ in range(MANY):
            order = draw.permutation(count)
            scores.append(_score(x, y, order[tested:], order[:tested]))
        low, high = mean_interval(scores[:runs]).interval or (math.nan, math.nan)
        same += low <= float(np.mean(scores[runs:])) <= high
        new += low <= on_new <= high
    return 100 * same / repetitions, 100 * new / repetitions


def _folds(draw: np.random.Generator, count: int, runs: int, on_new: float, repetitions: int) -> tuple[float, float]:
    """Return the coverage of the mean on new data without and with the correction, in percent."""
    covered = [0, 0]
    for _ in range(repetitions):
        x, y = _data(draw, count)
        parts = np.array_split(draw.permutation(count), runs)
        scores = [_score(x, y, np.concatenate([*parts[:at], *parts[at + 1 :]]), part) for at, part in enumerate(parts)]
        for at, ratio in enumerate((0.0, 1 / (runs - 1))):
            low, high = mean_interval(scores, test_to_train=ratio).interval or (math.nan, math.nan)
            covered[at] += low <= on_new <= high
    return 100 * covered[0] / repetitions, 100 * covered[1] / repetitions


def _expected(draw: np.random.Generator, count: int) -> float:
    """Return the mean accuracy on new data of classifiers trained on ``count`` samples."""
    return float(np.mean([_accuracy(*_rule(*_data(draw, count))) for _ in range(4000)]))


def _data(draw: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    y = draw.permutation(np.arange(count) % 2)
    x = draw.normal(size=(count, DIMENSIONS))
    x[:, 0] += DISTANCE * (2 * y - 1)
    return x, y


def _rule(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Return weights and offset of the nearest-mean classifier."""
    zero, one = x[y == 0].mean(axis=0), x[y == 1].mean(axis=0)
    return one - zero, float((zero @ zero - one @ one) / 2)


def _score(x: np.ndarray, y: np.ndarray, train: Sequence[int] | np.ndarray, test: Sequence[int] | np.ndarray) -> float:
    weights, offset = _rule(x[train], y[train])
    return float(((x[test] @ weights + offset > 0) == y[test]).mean())


def _accuracy(weights: np.ndarray, offset: float) -> float:
    """Return the accuracy of a linear rule on the two classes."""
    length = float(np.linalg.norm(weights))
    centre = DISTANCE * float(weights[0])
    return float(norm.cdf((centre + offset) / length) + norm.cdf((centre - offset) / length)) / 2


if __name__ == "__main__":
    main()
