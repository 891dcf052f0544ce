"""Coverage of label sets and intervals in simulations, with few held-out labels.

    python tests/benchmarks/label_set_coverage.py [--draws 2000]

A logistic regression or a linear regression is fitted once. For each draw, n held-out samples give the bound, and 100
new ones are predicted. "calibrated" fits a temperature to the same held-out samples first, as `--calibrate` does. The
last column is the mean number of classes in a set, or the mean width of an interval.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np

COUNTS = (9, 20, 50)
COVERAGE = 0.9
NEW = 100


def simulated(draws: int) -> Iterator[str]:
    """Yield the rows of the table."""
    from sklearn.linear_model import LinearRegression, LogisticRegression

    from tlzoo.tasks import Classification, Regression

    random = np.random.default_rng(0)
    yield "| answers, held-out labels | measured coverage | promised at most | mean size |"
    yield "|---|---|---|---|"
    inputs, labels, numbers = _samples(random, 100)
    classifier = LogisticRegression(C=100).fit(inputs, labels)
    regressor = LinearRegression().fit(inputs, numbers)
    classes = Classification(tuple("abcde"))
    for count in COUNTS:
        for name in ("label sets", "label sets, calibrated"):
            found = [
                _sets(random, classifier.decision_function, classes, count, calibrated="cal" in name)
                for _ in range(draws)
            ]
            yield _row(name, count, found)
        found = [_intervals(random, regressor.predict, Regression(("number",)), count) for _ in range(draws)]
        yield _row("intervals", count, found)


def _row(name: str, count: int, found: list[tuple[float, float]]) -> str:
    coverage, size = np.mean(found, axis=0)
    return f"| {name}, {count} | {coverage:.1%} | {COVERAGE + 1 / (count + 1):.1%} | {size:.2f} |"


def _samples(random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    inputs = random.normal(size=(count, 5))
    labels = (inputs + random.normal(size=(count, 5))).argmax(axis=1)
    return inputs, labels, inputs[:, 0] ** 2 + random.normal(size=count)


def _sets(
    random: np.random.Generator, logits_of: Callable[..., np.ndarray], task: object, count: int, *, calibrated: bool
) -> tuple[float, float]:
    from tlzoo.tasks.calibration import fit_calibration, softmax_log_loss

    inputs, labels, _ = _samples(random, count + NEW)
    logits = logits_of(inputs)
    if calibrated:
        ((scale,), _) = fit_calibration(softmax_log_loss(labels[:count]), logits[:count], "temperature")
        logits = logits * scale
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return _measured(task, labels, powers / powers.sum(axis=1, keepdims=True), count)


def _intervals(
    random: np.random.Generator, predict: Callable[..., np.ndarray], task: object, count: int
) -> tuple[float, float]:
    inputs, _, numbers = _samples(random, count + NEW)
    return _measured(task, numbers[:, np.newaxis], predict(inputs)[:, np.newaxis], count)


def _measured(task: object, labels: np.ndarray, answers: np.ndarray, count: int) -> tuple[float, float]:
    from tlzoo.tasks.conformal import limits, measured_coverage, sorted_scores

    bounds = limits(sorted_scores(task.nonconformity(labels[:count], answers[:count]), 0), COVERAGE, "the run")
    found = measured_coverage(task, labels[count:], answers[count:], bounds, COVERAGE)
    assert found.size is not None
    return found.coverage, found.size


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=2000)
    for line in simulated(parser.parse_args().draws):
        print(line, flush=True)


if __name__ == "__main__":
    main()
