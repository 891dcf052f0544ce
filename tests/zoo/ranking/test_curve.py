"""The label-budget curve, on laws and clouds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from tlzoo.zoo.ranking.curve import fit_power_law, learning_curve


def clouds(count: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    centres = draw.normal(size=(4, 40)) * 0.45
    labels = draw.integers(0, 4, count)
    return centres[labels] + draw.normal(size=(count, 40)), labels


@pytest.mark.parametrize(("floor", "slope", "exponent"), [(0.05, 1.0, 0.5), (0.0, 2.0, 1.0), (0.3, 0.0, 1.0)])
def test_a_law_is_found_again(floor: float, slope: float, exponent: float) -> None:
    sizes = np.array([25.0, 50, 100, 200, 400])
    law = fit_power_law(sizes, floor + slope * sizes**-exponent)
    assert law[0] + law[1] * 3200.0 ** -law[2] == pytest.approx(floor + slope * 3200.0**-exponent, abs=2e-3)


def test_the_gain_of_four_times_the_labels_is_within_the_interval() -> None:
    features, labels = clouds(8000)
    few = learning_curve(features[:300], labels[:300], 0)
    many = learning_curve(features[:1600], labels[:1600], 0)
    truth = max(many.measured.values())  # learned from 1,200
    low, high = few.intervals[1200]
    assert low - 0.01 <= truth <= high + 0.01
    assert list(few.expected) == [300, 600, 1200, 2400]
    assert list(few.expected.values()) == sorted(few.expected.values())


def test_more_labels_leave_less_doubt() -> None:
    features, labels = clouds(2000)
    few, many = (learning_curve(features[:count], labels[:count], 0, (2,)) for count in (100, 2000))
    widths = [high - low for curve in (few, many) for low, high in curve.intervals.values()]
    assert widths[1] < widths[0]


def test_too_few_points_are_not_a_curve() -> None:
    features, labels = clouds(20)
    assert learning_curve(features, labels, 0).expected == {}
