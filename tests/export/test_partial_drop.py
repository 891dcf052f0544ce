"""Limits of the accuracy that a file loses if samples can be right in part, as maps are."""

from __future__ import annotations

import numpy as np
import pytest

from tlzoo.export.drop_limit import AccuracyDrop


def test_samples_that_are_right_or_wrong_have_exact_limits() -> None:
    own, its = np.array([1.0, 1, 0, 0]), np.array([1.0, 0, 1, 0])
    assert AccuracyDrop.of(own, its) == AccuracyDrop(4, 1, 1)


def test_nothing_lost_has_the_limit_of_no_event_also_in_parts() -> None:
    own = np.full(100, 0.9)
    drop = AccuracyDrop.of(own, own)
    assert drop.in_parts
    assert drop.value == 0
    assert drop.upper == pytest.approx(1 - 0.025 ** (1 / 100), abs=1e-6)
    assert drop.lower == pytest.approx(-drop.upper)


def test_parts_are_summed_and_their_limits_lie_outside_the_exact_ones() -> None:
    own, its = np.full(50, 0.8), np.full(50, 0.8)
    its[:10], its[10:15] = 0.3, 1.0
    drop = AccuracyDrop.of(own, its)
    assert (drop.lost, drop.gained) == (pytest.approx(5), pytest.approx(1))
    assert drop.value == pytest.approx(0.08)
    exact = AccuracyDrop(50, 5, 1)
    assert drop.lower < exact.lower < drop.value < exact.upper < drop.upper < 0.5


def test_everything_lost_is_a_drop_of_one() -> None:
    assert AccuracyDrop(10, 10, 0, in_parts=True).upper == 1


def test_the_limit_of_parts_holds_in_at_least_95_of_100_test_splits() -> None:
    generator = np.random.default_rng(0)
    held = []
    for _ in range(300):
        lost = generator.uniform(size=60) * (generator.uniform(size=60) < 0.1)
        drop = AccuracyDrop.of(np.ones(60), 1 - lost)
        held.append(drop.upper >= 0.05)
    assert np.mean(held) >= 0.95
