"""The choice by gradients against its definition, and by diversity on known clusters."""

from __future__ import annotations

import numpy as np

from tlzoo.zoo.labelling.choosing import by_diversity, by_gradients


def clouds(count: int, each: int) -> np.ndarray:
    """Return ``each`` features in each of ``count`` directions, one after the other."""
    draw = np.random.default_rng(0)
    return (np.repeat(np.eye(count), each, axis=0) + draw.normal(0, 0.02, (count * each, count))).astype(np.float32)


def test_the_choice_is_that_of_greedy_k_means_plus_plus_on_the_outer_products() -> None:
    draw = np.random.default_rng(3)
    features, gradients = draw.normal(size=(30, 4)).astype(np.float32), draw.normal(size=(30, 3))
    products = np.einsum("nd,nk->ndk", features.astype(np.float64), gradients).reshape(30, -1)
    again, expected = np.random.default_rng(7), []
    distances = np.square(products).sum(axis=1)
    for _ in range(6):
        distances[expected] = 0
        nearer = {
            row: np.minimum(distances, np.square(products - products[row]).sum(axis=1))
            for row in again.choice(30, 3, p=distances / distances.sum())
        }
        expected.append(int(min(nearer, key=lambda row: nearer[row].sum())))
        distances = nearer[expected[-1]]
    assert by_gradients(features, gradients, 6, 7).tolist() == expected


def test_certain_samples_are_not_chosen_and_the_uncertain_ones_come_from_all_clusters() -> None:
    features, gradients = clouds(4, 20), np.zeros((80, 2))
    gradients[::4] = [0.5, -0.5]
    rows = by_gradients(features, gradients, 4, 0)
    assert set(rows % 4) == {0}
    assert sorted(rows // 20) == [0, 1, 2, 3]


def test_a_pool_of_certain_or_equal_samples_is_drawn_without_repeats() -> None:
    assert sorted(by_gradients(np.ones((5, 2), np.float32), np.zeros((5, 2)), 5, 0)) == [0, 1, 2, 3, 4]
    assert sorted(by_gradients(np.ones((4, 2), np.float32), np.ones((4, 2)), 9, 0)) == [0, 1, 2, 3]


def test_diversity_takes_one_sample_of_each_cluster() -> None:
    assert sorted(by_diversity(clouds(5, 8), 5, 0) // 8) == [0, 1, 2, 3, 4]


def test_copies_are_chosen_last_for_diversity() -> None:
    features = clouds(3, 1)[[0, 0, 0, 1, 2]]
    assert sorted(by_diversity(features, 3, 0)) in ([0, 3, 4], [1, 3, 4], [2, 3, 4])
    assert len(set(by_diversity(features, 4, 0))) == 4
    assert by_diversity(features, 9, 0).tolist() == [0, 1, 2, 3, 4]
