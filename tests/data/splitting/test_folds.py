"""Folds of cross-validation: disjoint, stratified, with whole groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tlzoo.data import ArrayPictures, Dataset, Fold, Samples, split
from tlzoo.errors import DataError, UsageError
from tlzoo.tasks import Classification, Regression


def samples_of(labels: Any, given: Mapping[str, Any] | None = None, groups: Any = None) -> Samples:
    labels = np.asarray(labels)
    images = ArrayPictures("x", np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1))
    declared = {name: np.asarray(indices, np.int64) for name, indices in (given or {}).items()}
    if labels.dtype.kind == "f":
        return Samples("x", Regression(("y",)), images, labels, images.digests(), declared)
    task = Classification(tuple("abcd"[: labels.max() + 1]))
    return Samples("x", task, images, labels, images.digests(), declared, groups=groups)


def folds_of(samples: Samples, count: int, **options: Any) -> list[Dataset]:
    return [split(samples, seed=1, fold=Fold(number, count), **options) for number in range(1, count + 1)]


def test_every_sample_is_tested_once_and_never_trained_on_then() -> None:
    folds = folds_of(samples_of(np.repeat([0, 1, 2], (20, 9, 8))), 4)
    assert sorted(np.concatenate([each.test for each in folds])) == list(range(37))
    for each in folds:
        assert sorted(np.concatenate([each.train, each.validation, each.test])) == list(range(37))


def test_folds_have_equal_sizes_and_shares_of_every_class() -> None:
    labels = np.repeat([0, 1, 2], (20, 9, 8))
    counts = [np.bincount(labels[each.test], minlength=3) for each in folds_of(samples_of(labels), 4)]
    assert {int(each.sum()) for each in counts} <= {9, 10}
    assert all(np.ptp([each[label] for each in counts]) <= 1 for label in range(3))


def test_numbers_are_stratified() -> None:
    labels = np.linspace(0, 1, 60, dtype=np.float32)[:, np.newaxis]
    means = [float(labels[each.test].mean()) for each in folds_of(samples_of(labels), 3)]
    assert np.ptp(means) < 0.1


def test_no_group_is_in_two_folds() -> None:
    groups = np.arange(40, dtype=np.int64) // 4
    folds = folds_of(samples_of(np.arange(40) % 2, groups=groups), 5)
    tested = [set(groups[each.test]) for each in folds]
    assert sorted(group for each in tested for group in each) == list(range(10))
    for each, own in zip(folds, tested, strict=True):
        assert not own & set(groups[np.concatenate([each.train, each.validation])])


def test_no_group_of_a_declared_validation_split_is_in_a_fold() -> None:
    groups = np.arange(40, dtype=np.int64) // 4
    folds = folds_of(samples_of(np.arange(40) % 2, {"validation": range(6)}, groups=groups), 4)
    assert sorted(np.concatenate([each.test for each in folds])) == list(range(8, 40))
    for each in folds:
        assert not set(groups[each.validation]) & set(groups[np.concatenate([each.train, each.test])])
    assert "2 samples are omitted: their groups are declared for validation" in folds[0].notes


def test_declared_test_samples_are_not_used() -> None:
    folds = folds_of(samples_of(np.arange(30) % 2, {"test": range(10), "validation": range(10, 15)}), 3)
    assert sorted(np.concatenate([each.test for each in folds])) == list(range(15, 30))
    assert all(each.validation.tolist() == list(range(10, 15)) for each in folds)
    assert "the declared test split (10 samples) is not used: folds are test splits" in folds[0].notes


def test_a_label_budget_is_drawn_outside_the_fold() -> None:
    for each in folds_of(samples_of(np.arange(60) % 2), 3, per_class=5):
        assert (len(each.train), len(each.validation), len(each.test)) == (8, 2, 20)


def test_the_data_set_has_the_samples_as_they_are() -> None:
    samples = samples_of(np.arange(30) % 2, {"test": range(10)})
    one, two = folds_of(samples, 2)
    assert one.samples is samples
    assert one.fingerprint != two.fingerprint


def test_more_folds_than_samples_or_groups_are_refused() -> None:
    samples = samples_of(np.arange(4) % 2)
    with pytest.raises(DataError, match="4 samples cannot make 5 folds; use at most 4 folds"):
        split(samples, seed=0, fold=Fold(1, 5))
    with pytest.raises(DataError, match="2 groups cannot make 3 folds"):
        split(replace(samples, groups=np.array([0, 0, 1, 1])), seed=0, fold=Fold(1, 3))


@pytest.mark.parametrize("text", ["0/5", "6/5", "1/1", "2 of 5", "1/1001", ""])
def test_an_invalid_fold_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a fold"):
        Fold.parse(text)
