"""Intervals and differences, against what they are by theory and by repetition."""

from __future__ import annotations

import numpy as np
import pytest

from tlzoo.scores import knn, linear_probe, logme, mean_of, outcomes_of
from tlzoo.zoo.ranking.confidence import Estimate, difference, estimate, groups


@mean_of(lambda features, _labels: features[:, 0])
def first_column(features, labels) -> float:
    return float(features[:, 0].mean())


def mean_without_outcomes(features, labels) -> float:
    return float(features[:, 0].mean())


def clouds(count: int = 90) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    labels = np.arange(count) % 3
    return (draw.normal(size=(3, 6))[labels] + draw.normal(size=(count, 6))).astype(np.float32), labels


@pytest.mark.parametrize("score", [first_column, mean_without_outcomes])
def test_the_interval_of_a_mean_is_that_of_its_standard_error(score) -> None:
    values = np.random.default_rng(1).normal(2.0, 1.0, (400, 1))
    low, high = estimate(score, values, np.zeros(400, int), 0).interval
    error = values.std(ddof=1) / np.sqrt(400)
    width = 1.96 if score is first_column else 2.262 * np.std(values[:, 0].reshape(40, 10).mean(0), ddof=1)
    assert (low + high) / 2 == pytest.approx(values.mean(), abs=error / 3)
    if score is first_column:
        assert high - low == pytest.approx(2 * width * error, rel=0.1)
    else:
        assert high - low == pytest.approx(2 * width / np.sqrt(10), rel=0.05)


@pytest.mark.parametrize("score", [knn, linear_probe])
def test_a_score_of_outcomes_is_their_mean(score) -> None:
    features, labels = clouds()
    outcomes = outcomes_of(score)
    assert outcomes is not None
    assert score(features, labels) == pytest.approx(outcomes(features, labels).mean())
    assert outcomes_of(logme) is None


def test_differences_are_of_pairs() -> None:
    """Each is unsure by itself, and the one is always a little above the other."""
    noise = np.random.default_rng(2).normal(0, 5, (100, 1))
    one, other = (estimate(first_column, noise + shift, np.zeros(100, int), 0) for shift in (0.1, 0.0))
    assert one.interval[0] < other.interval[1]
    assert difference(one, other) == (pytest.approx(0.1), pytest.approx(0.1))


def test_a_group_ends_at_the_first_entry_certainly_below_its_best() -> None:
    draws = np.random.default_rng(3).normal(0, 0.01, (5, 1000))
    values = [0.90, 0.89, 0.80, 0.79, 0.50]
    ordered = [Estimate(value, value + each, "bootstrap") for value, each in zip(values, draws, strict=True)]
    assert groups(ordered) == [1, 1, 2, 2, 3]


def test_entries_scored_on_other_numbers_of_samples_are_of_other_groups() -> None:
    one, other = Estimate(0.9, np.full(1000, 0.9), "bootstrap"), Estimate(0.9, np.full(10, 0.9), "jackknife")
    assert groups([one, other]) == [1, 2]
    assert groups([]) == []
