"""The choice by uncertainty and diversity, on features whose clusters are known."""

from __future__ import annotations

import numpy as np
import pytest

from tlzoo.zoo.labelling.choosing import choose, most_diverse, most_uncertain


def clouds(count: int, each: int) -> np.ndarray:
    """Return ``each`` features in each of ``count`` directions, one after the other."""
    draw = np.random.default_rng(0)
    return (np.repeat(np.eye(count), each, axis=0) + draw.normal(0, 0.02, (count * each, count))).astype(np.float32)


def test_one_sample_of_each_cluster_is_chosen() -> None:
    rows = most_diverse(clouds(4, 10), np.ones(40), 4, 0)
    assert sorted(rows // 10) == [0, 1, 2, 3]


def test_the_sample_nearest_to_the_weighted_centre_is_chosen() -> None:
    angles = np.radians([0.0, 10.0, 20.0])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert most_diverse(features, np.array([1.0, 1.0, 1.0]), 1, 0) == [1]
    assert most_diverse(features, np.array([0.0, 0.0, 1.0]), 1, 0) == [2]


def test_only_uncertain_samples_are_candidates_and_the_most_uncertain_is_first() -> None:
    features, uncertainty = clouds(2, 30), np.zeros(60)
    uncertainty[:15], uncertainty[30:45] = np.linspace(0.5, 0.6, 15), np.linspace(0.8, 0.9, 15)
    rows = choose(features, uncertainty, 2, 0)
    assert len(rows) == 2
    assert 30 <= rows[0] < 45
    assert rows[1] < 15


def test_copies_are_chosen_last() -> None:
    features = clouds(3, 1)[[0, 0, 0, 1, 2]]
    assert sorted(most_diverse(features, np.ones(5), 3, 0)) in ([0, 3, 4], [1, 3, 4], [2, 3, 4])
    assert len(most_diverse(features, np.ones(5), 4, 0)) == 4


def test_without_uncertainty_the_pool_is_represented() -> None:
    assert sorted(choose(clouds(5, 8), None, 5, 0) // 8) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("uncertainty", [None, np.ones(3)])
def test_a_small_pool_is_chosen_as_a_whole(uncertainty: np.ndarray | None) -> None:
    assert sorted(choose(clouds(3, 1), uncertainty, 9, 0)) == [0, 1, 2]


def test_ties_keep_the_order_of_the_pool() -> None:
    assert most_uncertain(np.array([0.5, 0.9, 0.9, 0.1]), 3).tolist() == [1, 2, 0]
