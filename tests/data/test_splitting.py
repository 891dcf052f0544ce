"""Splits: stratified, seeded, within the label budget."""

from collections.abc import Mapping

import numpy as np
import pytest

from tlzoo.data import ArrayPictures, Classification, Dataset, Samples, digits, split
from tlzoo.errors import DataError, UsageError


def samples_of(*counts: int, given: Mapping[str, list[int]] | None = None) -> Samples:
    labels = np.repeat(np.arange(len(counts)), counts)
    images = ArrayPictures("x", np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1))
    task = Classification(tuple("abcdefghij"[: len(counts)]))
    declared = {name: np.asarray(indices, np.int64) for name, indices in (given or {}).items()}
    return Samples("arrays:x.npz", task, images, labels, images.digests(), declared)


def counts_of(dataset: Dataset) -> list[list[int]]:
    classes = len(dataset.task.classes)
    parts = (dataset.train, dataset.validation, dataset.test)
    return [np.bincount(dataset.labels[part], minlength=classes).tolist() for part in parts]


def test_shares_hold_in_every_class() -> None:
    dataset = split(samples_of(100, 20, 40), seed=0)
    assert counts_of(dataset) == [[70, 14, 28], [15, 3, 6], [15, 3, 6]]
    everything = np.concatenate([dataset.train, dataset.validation, dataset.test])
    assert sorted(everything) == list(range(160))
    assert dataset.notes == ()


def test_only_the_seed_decides() -> None:
    samples = samples_of(30, 30)
    np.random.seed(1)  # noqa: NPY002 - what must not matter
    first = split(samples, seed=3)
    np.random.seed(2)  # noqa: NPY002 - as above
    again = split(samples, seed=3)
    assert (first.train == again.train).all()
    assert first.fingerprint == again.fingerprint
    assert split(samples, seed=4).fingerprint != first.fingerprint


def test_small_classes_are_trained_on_first_and_mentioned() -> None:
    dataset = split(samples_of(20, 3, 2, 1), seed=0)
    assert counts_of(dataset) == [[14, 1, 1, 1], [3, 1, 0, 0], [3, 1, 1, 0]]
    assert dataset.notes == (
        "class 'c' has only 2 samples: none for validation",
        "class 'd' has only 1 sample: none for validation and test",
    )


def test_a_budget_holds_validation() -> None:
    dataset = split(digits("", {}), seed=0, per_class=10)
    train, validation, _ = counts_of(dataset)
    assert train == [8] * 10
    assert validation == [2] * 10
    assert len(dataset.test) == 1797 - 100
    assert not set(dataset.test) & (set(dataset.train) | set(dataset.validation))


def test_under_five_there_is_no_validation() -> None:
    dataset = split(samples_of(9, 9), seed=0, per_class=4)
    assert counts_of(dataset) == [[4, 4], [0, 0], [5, 5]]
    assert dataset.validation.dtype == np.int64
    assert counts_of(split(samples_of(9, 9), seed=0, per_class=5))[:2] == [[4, 4], [1, 1]]


def test_budgets_of_one_seed_are_nested() -> None:
    small, large = (split(samples_of(30, 30), seed=1, per_class=count) for count in (5, 20))
    assert set(small.train) | set(small.validation) <= set(large.train) | set(large.validation)


def test_a_class_smaller_than_the_budget_keeps_one_to_test() -> None:
    dataset = split(samples_of(30, 8), seed=0, per_class=10)
    assert counts_of(dataset) == [[8, 6], [2, 1], [20, 1]]
    assert dataset.notes == ("class 'b' has 8 samples: 7 labelled instead of 10",)


def test_declared_splits_are_kept_and_completed() -> None:
    test = [0, 1, 20, 21]
    train = [index for index in range(40) if index not in test]
    dataset = split(samples_of(20, 20, given={"train": train, "test": test}), seed=0)
    assert dataset.test.tolist() == test
    assert counts_of(dataset)[:2] == [[15, 15], [3, 3]]
    dataset = split(samples_of(20, 20, given={"validation": test}), seed=0)
    assert dataset.validation.tolist() == test
    assert counts_of(dataset) == [[15, 15], [2, 2], [3, 3]]


def test_a_budget_leaves_declared_validation_alone() -> None:
    given = {"train": [*range(14), *range(20, 34)], "validation": [14, 15, 34, 35], "test": [16, 17, 36, 37]}
    dataset = split(samples_of(20, 20, given=given), seed=0, per_class=5)
    assert counts_of(dataset) == [[4, 4], [1, 1], [2, 2]]
    assert set(dataset.train) | set(dataset.validation) <= set(given["train"])
    assert "outside the label budget" in dataset.notes[0]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((), "has no samples"),
        ((5,), "one class, 'a'"),
        ((1, 1), "none to test on"),
        ((5, 0, 5), "class 'b' has no sample"),
    ],
)
def test_too_little_data_is_refused_with_a_fix(counts: tuple[int, ...], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        split(samples_of(*counts), seed=0)
    assert caught.value.fix


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"per_class": 0}, {"test": 0.9, "validation": 0.1}, {"test": -0.1}])
def test_impossible_requests_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        split(samples_of(9, 9), **({"seed": 0} | wrong))


def test_no_share_means_an_empty_split() -> None:
    assert counts_of(split(samples_of(4, 4), seed=0, validation=0, test=0)) == [[4, 4], [0, 0], [0, 0]]


def test_the_fingerprint_covers_labels_order_and_declared_splits() -> None:
    whole = samples_of(3, 3)
    prints = {
        whole.fingerprint,
        samples_of(2, 4).fingerprint,
        samples_of(3, 3, given={"test": [0]}).fingerprint,
        Samples("s", whole.task, whole.examples, whole.labels, whole.digests[::-1]).fingerprint,
    }
    assert len(prints) == 4
    assert samples_of(3, 3).fingerprint == whole.fingerprint


def test_what_does_not_fit_together_is_refused() -> None:
    whole = samples_of(3, 3)
    with pytest.raises(DataError, match="positions in its 2 classes"):
        Samples("s", whole.task, whole.examples, whole.labels + 1, whole.digests)
    with pytest.raises(DataError, match="digests"):
        Samples("s", whole.task, whole.examples, whole.labels[1:], whole.digests)
    with pytest.raises(DataError, match="two declared splits"):
        samples_of(3, 3, given={"test": [0], "train": [0, 1]})
