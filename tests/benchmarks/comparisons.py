"""Coverage and level of `tlzoo runs compare`: simulated runs whose true difference is known.

    python tests/benchmarks/comparisons.py [--figures NAME…] [--samples N…] [--repetitions N]

Two runs answer the same samples; how often both are right follows from a normal variable that they share. Coverage is
the share of 95 % intervals that contain the true difference, and the level the share of significant differences
between equal runs, which should be at most 5 %. A family is four equal runs, compared in six pairs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import cache
from itertools import combinations

import numpy as np
from scipy.stats import norm

from tlzoo.evaluation.paired import Difference, bootstrap_difference, bootstrap_weights, share_difference
from tlzoo.tasks import Classification, Outcomes, Regression

SHARED = 0.6
CLASSES = Classification(("a", "b", "c", "d"))
SHARES = (0.5, 0.3, 0.15, 0.05)
NUMBERS = Regression(("x",))
SETTINGS = {"accuracy": (0.85, 0.9), "macro_f1": (0.85, 0.9), "r2": (0.5, 0.4), "mae": (0.5, 0.4)}
"""Accuracies, or deviations of errors, of two runs."""


def answers(generator: np.random.Generator, samples: int, accuracies: Sequence[float]) -> list[Outcomes]:
    """Runs with these accuracies in all classes."""
    labels = generator.choice(len(SHARES), samples, p=SHARES)
    shared, found = generator.normal(size=samples), []
    for accuracy in accuracies:
        own = np.sqrt(SHARED) * shared + np.sqrt(1 - SHARED) * generator.normal(size=samples)
        wrong = (labels + generator.integers(1, len(SHARES), samples)) % len(SHARES)
        predicted = np.where(norm.cdf(own) < accuracy, labels, wrong)
        kept = {"label": labels, "predicted": predicted, "probability": np.full(samples, 0.5)}
        found.append(CLASSES.outcomes(kept))
    return found


def numbers(generator: np.random.Generator, samples: int, errors: Sequence[float]) -> list[Outcomes]:
    """Runs whose errors have these deviations."""
    labels, shared = generator.normal(size=(samples, 1)), generator.normal(size=(samples, 1))
    found = []
    for error in errors:
        own = np.sqrt(SHARED) * shared + np.sqrt(1 - SHARED) * generator.normal(size=(samples, 1))
        found.append(NUMBERS.outcomes({"labels": labels, "predicted": labels + error * own}))
    return found


@cache
def weights_of(samples: int) -> np.ndarray:
    """The bootstrap samples of a comparison, which are always the same."""
    return np.concatenate(list(bootstrap_weights(samples)))


def differences(runs: Sequence[Outcomes], name: str) -> list[Difference]:
    """The differences of all pairs in one figure, as in a comparison."""
    at = next(place for place, each in enumerate(runs[0].measures) if each.name == name and each.row is None)
    pairs = list(combinations(range(len(runs)), 2))
    if runs[0].measures[at].is_binary:
        return [
            share_difference(runs[one].measures[at].values, runs[other].measures[at].values, len(pairs))
            for one, other in pairs
        ]
    weights = weights_of(runs[0].count)
    values = [float(each.figures(np.ones((1, each.count)))[0, at]) for each in runs]
    drawn = [each.figures(weights)[:, at] for each in runs]
    return [
        bootstrap_difference(values[other] - values[one], drawn[other] - drawn[one], runs[0].count, len(pairs))
        for one, other in pairs
    ]


def true_difference(name: str, settings: tuple[float, float]) -> float:
    """The difference in one figure on a million samples, or exactly for accuracies."""
    if name == "accuracy":
        return settings[1] - settings[0]
    make = answers if name == "macro_f1" else numbers
    one, other = make(np.random.default_rng(1), 1_000_000, settings)
    at = next(place for place, each in enumerate(one.measures) if each.name == name and each.row is None)
    every = np.ones((1, one.count))
    return float(other.figures(every)[0, at] - one.figures(every)[0, at])


def simulated(name: str, samples: int, settings: Sequence[float], truth: float, count: int) -> tuple[float, float]:
    """The share of simulations whose intervals all contain the true difference, and with a significant difference."""
    make = answers if name in {"accuracy", "macro_f1"} else numbers
    covered = significant = 0
    for seed in range(count):
        found = differences(make(np.random.default_rng(seed), samples, settings), name)
        covered += all(each.interval[0] <= truth <= each.interval[1] for each in found)
        significant += any(each.is_significant for each in found)
    return covered / count, significant / count


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--samples", nargs="+", type=int, default=[50, 200, 1000])
    parser.add_argument("--repetitions", type=int, default=1000)
    asked = parser.parse_args()
    print("| figure | samples | coverage, different | coverage, equal | level | level of a family |")
    print("|---|---|---|---|---|---|")
    for name in asked.figures:
        one, other = SETTINGS[name]
        truth = true_difference(name, (one, other))
        for samples in asked.samples:
            different, _ = simulated(name, samples, (one, other), truth, asked.repetitions)
            equal, level = simulated(name, samples, (one, one), 0.0, asked.repetitions)
            _, family = simulated(name, samples, (one,) * 4, 0.0, asked.repetitions)
            figures = " | ".join(f"{100 * each:.1f} %" for each in (different, equal, level, family))
            print(f"| {name} | {samples} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
