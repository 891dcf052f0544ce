"""Mean, spread and interval of a score, compared with their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tlzoo.evaluation import mean_interval

VALUES = [0.91, 0.88, 0.93, 0.90, 0.95]


def test_the_interval_of_independent_runs_is_that_of_a_t_test() -> None:
    found = mean_interval(VALUES)
    expected = stats.ttest_1samp(VALUES, 0.5).confidence_interval(0.95)
    assert found.interval == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert found.mean == pytest.approx(np.mean(VALUES))
    assert found.spread == pytest.approx(math.sqrt(sum((each - found.mean) ** 2 for each in VALUES) / 4))


def test_the_correction_for_folds_is_the_published_one() -> None:
    """Nadeau & Bengio (2003), equation 9: the variance of the mean is (1/J + n2/n1) times the sample variance."""
    found = mean_interval(VALUES, test_to_train=0.25)
    half = 2.7764451051977987 * math.sqrt((1 / 5 + 0.25) * np.var(VALUES, ddof=1))  # t of 4 degrees, two-sided 95 %
    assert found.interval == pytest.approx((found.mean - half, found.mean + half), abs=1e-9)


def test_the_interval_is_cut_to_possible_values() -> None:
    low, high = mean_interval([0.99, 1.0, 0.9], bounds=(0.0, 1.0)).interval
    assert high == 1.0
    assert low == mean_interval([0.99, 1.0, 0.9]).interval[0]


def test_equal_scores_have_no_interval() -> None:
    found = mean_interval([0.9, 0.9])
    assert (found.mean, found.spread, found.interval) == (0.9, 0.0, None)
    assert mean_interval([0.1 + 0.2, 0.3, 0.3]).interval is None  # equal up to rounding


def test_one_run_has_no_interval() -> None:
    with pytest.raises(ValueError, match="at least two runs; got 1"):
        mean_interval([0.9])
