"""Limits of the accuracy that an exported file loses, against exhaustive sums of the binomial distribution."""

from math import comb

import numpy as np
import pytest

from tlzoo.export.drop_limit import AccuracyDrop, least_provable_drop, samples_needed


def tail(count: int, samples: int, share: float) -> float:
    """Return the probability of at most ``count`` of ``samples``."""
    return sum(comb(samples, each) * share**each * (1 - share) ** (samples - each) for each in range(count + 1))


def test_without_discordant_pairs_the_limit_is_that_of_no_event_in_n() -> None:
    assert AccuracyDrop(500, 0, 0).upper == pytest.approx(1 - 0.025 ** (1 / 500))
    assert AccuracyDrop(500, 0, 0).lower == pytest.approx(-(1 - 0.025 ** (1 / 500)))
    assert AccuracyDrop(500, 0, 0).value == 0


def test_a_limit_has_its_error_probability() -> None:
    upper = AccuracyDrop(200, 6, 0).upper
    assert tail(6, 200, upper) == pytest.approx(0.025, abs=1e-6)


def test_gained_samples_count_by_their_lower_limit() -> None:
    drop = AccuracyDrop(200, 6, 4)
    gained = AccuracyDrop(200, 6, 0).upper - drop.upper
    assert 1 - tail(3, 200, gained) == pytest.approx(0.025, abs=1e-6)
    assert drop.value == pytest.approx(0.01)
    assert drop.lower < drop.value < drop.upper


def test_every_sample_lost_is_a_drop_of_one() -> None:
    assert AccuracyDrop(10, 10, 0).upper == 1


def test_the_limit_holds_in_at_least_95_of_100_test_splits() -> None:
    generator = np.random.default_rng(0)
    lost, gained = 0.02, 0.01
    drawn = generator.multinomial(300, [lost, gained, 1 - lost - gained], 1000)
    held = np.mean([AccuracyDrop(300, int(each[0]), int(each[1])).upper >= lost - gained for each in drawn])
    assert held >= 0.95


@pytest.mark.parametrize("drop", [0.5, 0.05, 0.005, 0.0003])
def test_the_needed_number_of_samples_is_the_smallest_that_can_prove_a_drop(drop: float) -> None:
    count = samples_needed(drop)
    assert least_provable_drop(count) < drop <= least_provable_drop(count - 1)
