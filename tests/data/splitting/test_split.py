"""Splits: stratified, seeded, within the label budget."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tlzoo.data import ArrayPictures, Dataset, Samples, digits, split
from tlzoo.errors import DataError, UsageError
from tlzoo.tasks import Classification, MultiLabel, Regression, Task


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
        "class 'c' has only 2 samples, none in validation",
        "class 'd' has only 1 sample, none in validation and test",
    )


def test_a_budget_holds_validation() -> None:
    dataset = split(digits("", {}), seed=0, per_class=10)
    train, validation, _ = counts_of(dataset)
    assert train == [8] * 10
    assert validation == [2] * 10
    assert len(dataset.test) == 1797 - 100
    assert not set(dataset.test) & (set(dataset.train) | set(dataset.validation))


def test_there_is_no_validation_split_under_five_samples() -> None:
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
        ((1, 1), "none for testing"),
        ((5, 0, 5), "class 'b' has no training sample"),
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


def test_incompatible_arguments_are_refused() -> None:
    whole = samples_of(3, 3)
    with pytest.raises(DataError, match="indices of its 2 classes"):
        Samples("s", whole.task, whole.examples, whole.labels + 1, whole.digests)
    with pytest.raises(DataError, match="digests"):
        Samples("s", whole.task, whole.examples, whole.labels[1:], whole.digests)
    with pytest.raises(DataError, match="two declared splits"):
        samples_of(3, 3, given={"test": [0], "train": [0, 1]})


def labelled(task: Task, labels: np.ndarray, **more: Any) -> Samples:
    images = ArrayPictures("x", np.arange(2 * len(labels), dtype=np.int64).astype(np.uint8).reshape(-1, 1, 2, 1))
    return Samples("arrays:x.npz", task, images, labels, images.digests(), **more)


def shares_of(dataset: Dataset, column: np.ndarray) -> list[float]:
    return [float(column[part].mean()) for part in (dataset.train, dataset.validation, dataset.test)]


def test_every_label_of_several_is_shared_out_alike() -> None:
    random = np.random.default_rng(0)
    labels = (random.random((2000, 4)) < [0.5, 0.2, 0.05, 0.02]).astype(np.float32)
    dataset = split(labelled(MultiLabel(tuple("abcd")), labels), seed=0)
    assert [len(part) / 2000 for part in (dataset.train, dataset.validation, dataset.test)] == pytest.approx(
        [0.7, 0.15, 0.15], abs=0.01
    )
    for column in range(4):
        shares = shares_of(dataset, labels[:, column])
        assert shares == pytest.approx([labels[:, column].mean()] * 3, abs=0.007)


def test_a_label_without_training_samples_is_reported() -> None:
    labels = np.zeros((40, 2), np.float32)
    labels[::2, 0] = 1
    labels[:2, 1] = 1
    given = {"test": np.arange(2)}
    dataset = split(labelled(MultiLabel(("a", "b")), labels, given=given), seed=0)
    assert dataset.notes == ("no training sample has the label 'b'",)


@pytest.mark.parametrize("targets", [1, 3])
def test_targets_are_spread_alike_over_the_splits(targets: int) -> None:
    random = np.random.default_rng(0)
    labels = (random.lognormal(size=(400, 1)) * np.arange(1, targets + 1)).astype(np.float32)
    dataset = split(labelled(Regression(tuple("abc"[:targets])), labels), seed=0)
    ranks = np.argsort(np.argsort(labels[:, 0]))
    assert shares_of(dataset, ranks) == pytest.approx([199.5] * 3, abs=8)
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [280, 60, 60]


@pytest.mark.parametrize("per_class", [None, 10])
def test_no_group_is_on_two_sides(per_class: int | None) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 900).astype(np.int64)
    groups = random.integers(0, 60, 900).astype(np.int64)
    dataset = split(labelled(Classification(tuple("abc")), labels, groups=groups), seed=0, per_class=per_class)
    sides = [set(groups[part]) for part in (dataset.train, dataset.validation, dataset.test)]
    assert sum(map(len, sides)) == len(set.union(*sides))
    if per_class is None:
        assert np.array(counts_of(dataset)).sum(axis=1).tolist() == pytest.approx([630, 135, 135], abs=25)
        assert np.array(counts_of(dataset)) == pytest.approx(np.outer([0.7, 0.15, 0.15], np.bincount(labels)), abs=15)
    else:
        labelled_in_all = np.bincount(labels[np.concatenate([dataset.train, dataset.validation])])
        assert labelled_in_all.tolist() == [10, 10, 10]
        assert len(dataset.validation)
        assert len(dataset.test) > 100


def test_grouped_splits_follow_the_seed_alone() -> None:
    labels, groups = np.arange(200) % 2, np.arange(200) // 5
    samples = labelled(Classification(("a", "b")), labels, groups=groups)
    assert split(samples, seed=1).fingerprint == split(samples, seed=1).fingerprint
    assert split(samples, seed=1).fingerprint != split(samples, seed=2).fingerprint


def test_few_groups_are_enough_and_one_is_not() -> None:
    labels, groups = np.arange(60) % 2, np.arange(60) // 20
    dataset = split(labelled(Classification(("a", "b")), labels, groups=groups), seed=0)
    assert sorted(len(part) for part in (dataset.train, dataset.validation, dataset.test)) == [20, 20, 20]
    with pytest.raises(DataError, match="60 samples in 2 classes and 1 groups leave none for testing"):
        split(labelled(Classification(("a", "b")), labels, groups=np.zeros(60, np.int64)), seed=0)


def test_groups_of_a_declared_test_are_not_trained_on() -> None:
    labels, groups = np.arange(40) % 2, np.arange(40) // 4
    given = {"test": np.array([0, 1, 4, 5])}
    dataset = split(labelled(Classification(("a", "b")), labels, groups=groups, given=given), seed=0)
    assert not set(groups[dataset.train]) & {0, 1}
    assert dataset.notes == ("4 samples are omitted: their groups are declared for other splits",)
    given |= {"train": np.arange(2, 40)[~np.isin(np.arange(2, 40), [4, 5])]}
    dataset = split(labelled(Classification(("a", "b")), labels, groups=groups, given=given), seed=0)
    assert dataset.notes[0].startswith("2 groups are in several of the declared splits, such as that of x[0]")
