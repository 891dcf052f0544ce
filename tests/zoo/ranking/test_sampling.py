"""Samples that entries are scored on: stratified, nested, and never of the test split."""

from __future__ import annotations

import numpy as np
import pytest

from tlzoo.data import ArrayPictures, Samples, split
from tlzoo.errors import DataError, UsageError
from tlzoo.tasks import Classification, Regression
from tlzoo.zoo.ranking.sampling import draw_sample


def samples(*counts: int) -> Samples:
    labels = np.repeat(np.arange(len(counts)), counts)
    digests = np.random.default_rng(0).integers(0, 256, (len(labels), 32)).astype(np.uint8)
    pictures = ArrayPictures("made", np.zeros((len(labels), 4, 4, 1), np.uint8))
    return Samples("made:", Classification(tuple(map(str, range(len(counts))))), pictures, labels, digests)


def test_it_uses_the_training_data_of_a_run_and_never_its_test_split() -> None:
    given = samples(60, 30)
    sample = draw_sample(given, seed=3)
    data = split(given, seed=3)
    assert set(sample.order) == {*data.train, *data.validation}
    assert not set(sample.order) & set(data.test)
    assert np.array_equal(sample.labels, given.labels[sample.order])


def test_a_label_budget_is_that_of_a_run() -> None:
    sample = draw_sample(samples(60, 30), seed=0, per_class=7)
    assert np.bincount(sample.labels).tolist() == [7, 7]


def test_fewer_samples_are_the_first_of_more() -> None:
    few, many = (draw_sample(samples(300, 100, 100), seed=1, count=count) for count in (50, 200))
    assert np.array_equal(few.order, many.order[:50])


def test_classes_keep_their_shares_after_five_of_each() -> None:
    labels = draw_sample(samples(800, 100, 100), seed=1, count=315).labels
    assert np.bincount(labels[:15]).tolist() == [5, 5, 5]
    assert np.bincount(labels[15:]) == pytest.approx([240, 30, 30], abs=8)


def test_a_class_with_one_sample_is_skipped_and_reported() -> None:
    sample = draw_sample(samples(20, 20, 1), seed=0)
    assert set(sample.labels) == {0, 1}
    assert sample.notes == ("class '2' has only one sample and is skipped",)


def test_tasks_without_classes_are_refused() -> None:
    made = samples(10, 10)
    numbers = Samples("made:", Regression(("y",)), made.examples, np.zeros((20, 1), np.float32), made.digests)
    with pytest.raises(UsageError, match="made: is regression"):
        draw_sample(numbers, seed=0)
    with pytest.raises(UsageError, match="too small for 2 classes; use 4 or more"):
        draw_sample(made, seed=0, count=3)
    with pytest.raises(DataError, match="has only one class"):
        draw_sample(samples(10), seed=0)
