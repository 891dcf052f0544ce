"""Paired statistics against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest, norm, ttest_1samp, ttest_rel

from tlzoo.evaluation.paired import (
    bootstrap_difference,
    bootstrap_interval,
    bootstrap_weights,
    mcnemar_p_value,
    share_difference,
    tango_interval,
)
from tlzoo.evaluation.run_curves import RunCurve, run_curves
from tlzoo.tasks import Measure


@pytest.mark.parametrize(("one", "other"), [(0, 0), (0, 5), (7, 7), (3, 12), (40, 22)])
def test_mcnemar_is_the_sign_test_of_the_discordant_pairs(one: int, other: int) -> None:
    expected = binomtest(one, one + other).pvalue if one + other else 1.0
    assert mcnemar_p_value(one, other) == pytest.approx(expected)


def score(one: int, other: int, count: int, difference: float) -> float:
    """The score statistic with the constrained maximum of the likelihood found by search."""

    def loss(share: float) -> float:  # of the pairs that only the second answers correctly
        shares = np.array([share + difference, share, 1 - 2 * share - difference])
        counts = np.array([one, other, count - one - other])
        return -float((counts * np.log(np.maximum(shares, 1e-300))).sum())

    lowest, highest = max(0.0, -difference), (1 - difference) / 2
    share = minimize_scalar(loss, bounds=(lowest, highest), method="bounded", options={"xatol": 1e-12}).x
    return (one - other - count * difference) / np.sqrt(count * (2 * share + difference * (1 - difference)))


@pytest.mark.parametrize("counts", [(12, 2, 50), (5, 0, 30), (0, 0, 20), (9, 9, 40), (1, 30, 90)])
@pytest.mark.parametrize("level", [0.95, 0.995])
def test_the_limits_are_the_differences_that_the_score_test_just_accepts(counts, level: float) -> None:
    one, other, count = counts
    low, high = tango_interval(one, other, count, level)
    limit = norm.ppf((1 + level) / 2)
    assert low < (one - other) / count < high
    assert score(one, other, count, low) == pytest.approx(limit, abs=1e-3)
    assert score(one, other, count, high) == pytest.approx(-limit, abs=1e-3)


def test_without_discordant_pairs_the_interval_is_not_empty() -> None:
    limit = norm.ppf(0.975) ** 2
    assert tango_interval(0, 0, 50)[1] == pytest.approx(limit / (50 + limit))
    assert tango_interval(20, 0, 20)[1] == 1


def test_more_comparisons_widen_intervals_and_raise_p_values() -> None:
    first, second = np.repeat([0.0, 1, 0, 1], [10, 60, 9, 1]), np.repeat([0.0, 1, 1, 0], [10, 60, 9, 1])
    alone, of_ten = share_difference(first, second), share_difference(first, second, comparisons=10)
    assert alone.value == of_ten.value == pytest.approx(0.1)
    assert of_ten.p_value == pytest.approx(10 * alone.p_value)
    assert alone.is_significant
    assert not of_ten.is_significant
    assert of_ten.interval[0] < alone.interval[0] < alone.interval[1] < of_ten.interval[1]
    assert of_ten.interval == pytest.approx(tango_interval(9, 1, 80, 0.995))


def test_bootstrap_samples_have_as_many_samples_and_are_the_same_each_time() -> None:
    weights = np.concatenate(list(bootstrap_weights(40, draws=30)))
    assert weights.shape == (30, 40)
    assert (weights.sum(axis=1) == 40).all()
    assert (weights == np.concatenate(list(bootstrap_weights(40, draws=30)))).all()
    assert weights.var() == pytest.approx(1 - 1 / 40, abs=0.1)  # of a multinomial count


def test_the_bootstrap_of_a_mean_agrees_with_the_paired_t_test() -> None:
    generator = np.random.default_rng(0)
    first = generator.normal(size=200)
    second = first + generator.normal(0.1, 0.5, 200)
    weights = np.concatenate(list(bootstrap_weights(200)))
    found = bootstrap_difference(float((second - first).mean()), weights @ (second - first) / 200, 200)
    expected = ttest_rel(second, first)
    assert found.p_value == pytest.approx(expected.pvalue, rel=0.3)
    assert found.interval == pytest.approx(tuple(expected.confidence_interval()), abs=0.01)


def test_what_is_undefined_has_no_interval() -> None:
    assert bootstrap_difference(0.5, np.array([0.4, 0.6]), samples=1).interval is None
    assert bootstrap_difference(0.5, np.array([0.4, np.nan, np.nan]), samples=20).p_value is None
    assert bootstrap_difference(np.nan, np.array([0.4, 0.3]), samples=20).interval is None
    equal = bootstrap_difference(0.0, np.zeros(10), samples=20)
    assert (equal.interval, equal.p_value, equal.is_significant) == ((0, 0), 1, False)


def test_draws_without_spread_give_no_interval() -> None:
    found = bootstrap_difference(1.0, np.repeat([1.0, np.nan], [700, 300]), samples=100)
    assert (found.interval, found.p_value, found.is_significant) == (None, None, False)
    rounded = np.repeat([1.0, 1 + 2e-16], [500, 500])
    assert bootstrap_difference(1.0, rounded, samples=100).interval is None
    equal = bootstrap_difference(1e-17, np.repeat([1e-17, -1e-17], [500, 500]), samples=100)
    assert (equal.interval, equal.p_value) == ((0, 0), 1)
    assert bootstrap_interval(1.0, rounded, samples=100) is None
    assert bootstrap_interval(0.0, np.zeros(1000), samples=100) is None  # unlike a difference of 0


def test_the_interval_of_a_figure_is_that_of_the_mean_within_possible_values() -> None:
    values = np.random.default_rng(0).exponential(size=200)
    drawn = np.concatenate([weights @ values / 200 for weights in bootstrap_weights(200)])
    expected = ttest_1samp(values, 0).confidence_interval()
    assert bootstrap_interval(values.mean(), drawn, 200) == pytest.approx(tuple(expected), abs=0.01)
    low, high = bootstrap_interval(0.01, drawn, 200, (0.0, math.inf)) or (-1, -1)
    assert low == 0 < high


def test_a_loss_of_0_or_1_is_not_compared_as_right_and_wrong() -> None:
    values = np.array([0.0, 1.0])
    assert Measure("accuracy", "accuracy", values=values).is_binary
    assert not Measure("error", "error", unit="number", is_loss=True, values=values).is_binary


def test_huge_metrics_are_not_drawn() -> None:
    points = {"loss": [(1.0, 1.7e308), (2.0, -1.7e308), (3.0, 0.5), (4.0, 0.25)]}
    ((_, svg),) = run_curves([RunCurve(0, "run", points)])
    assert "<polyline" in svg
    assert "nan" not in svg
