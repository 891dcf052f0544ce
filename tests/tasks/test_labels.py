"""Tasks: which labels they take, and what samples with weights and groups are."""

from dataclasses import replace

import numpy as np
import pytest

from tlzoo.data import ArrayPictures, Samples, inspect, split
from tlzoo.errors import DataError, UsageError
from tlzoo.tasks import Classification, Labels, MultiLabel, Regression, Task

PICTURES = ArrayPictures("x", np.arange(20, dtype=np.uint8).reshape(-1, 1, 1, 1))
TAGS = MultiLabel(("red", "round"))
PRICE = Regression(("price",))


def samples_of(task: Task, labels: Labels) -> Samples:
    return Samples("arrays:x.npz", task, PICTURES, labels, PICTURES.digests())


def tagged() -> Samples:
    on = np.arange(20)
    return samples_of(TAGS, np.stack([on % 2, on % 5 == 0], axis=1).astype(np.float32))


def priced() -> Samples:
    return samples_of(PRICE, np.linspace(0, 1, 20, dtype=np.float32)[:, np.newaxis])


@pytest.mark.parametrize(
    ("task", "labels", "reason"),
    [
        (Classification(("a", "b")), np.zeros(20, np.int32), "int32"),
        (Classification(("a", "b")), np.full(20, 2), "indices of its 2 classes"),
        (TAGS, np.zeros(20, np.int64), r"not float32 \(20, 2\)"),
        (TAGS, np.full((20, 2), 0.5, np.float32), "0 or 1"),
        (PRICE, np.zeros(20, np.float32), r"not float32 \(20, 1\)"),
        (PRICE, np.full((20, 1), np.nan, np.float32), "missing or infinite"),
    ],
)
def test_labels_of_another_kind_are_refused(task: Task, labels: Labels, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        samples_of(task, labels)


def test_weights_and_groups_are_checked() -> None:
    with pytest.raises(DataError, match="negative"):
        replace(priced(), weights=np.full(20, -1, np.float32))
    with pytest.raises(DataError, match="weights must be float32"):
        replace(priced(), weights=np.ones(20))
    with pytest.raises(DataError, match="groups must be"):
        replace(priced(), groups=np.ones(19, np.int64))


def test_the_fingerprint_knows_weights_and_groups() -> None:
    plain = priced()
    weighted = replace(plain, weights=np.ones(20, np.float32))
    grouped = replace(plain, groups=np.arange(20))
    assert len({plain.fingerprint, weighted.fingerprint, grouped.fingerprint}) == 3
    assert weighted.fingerprint == replace(plain, weights=np.ones(20, np.float32)).fingerprint


def test_the_fingerprint_of_plain_classification_stays_what_it_was() -> None:
    labels = np.arange(20) % 2
    expected = "f870c9a5442b80722c57d95b303dd7c8029a685b724231c03d2ee65f5dde588c"
    assert samples_of(Classification(("a", "b")), labels).fingerprint == expected


def test_labels_are_shown_as_readers_know_them() -> None:
    assert Classification(("a", "b")).show(np.int64(1)) == "b"
    assert TAGS.show(np.array([1, 1], np.float32)) == "red, round"
    assert TAGS.show(np.array([0, 0], np.float32)) == "none"
    assert PRICE.show(np.array([2.5], np.float32)) == "2.5"
    assert Regression(("x", "y")).show(np.array([1, 2], np.float32)) == "x 1, y 2"


@pytest.mark.parametrize("samples", [tagged(), priced()])
def test_samples_without_one_class_are_split_by_shares(samples: Samples) -> None:
    data = split(samples, seed=0)
    assert [len(data.train), len(data.validation), len(data.test)] == [14, 3, 3]
    with pytest.raises(UsageError, match="number of labels per class"):
        split(samples, seed=0, per_class=2)


def test_an_inspection_counts_labels_and_no_targets() -> None:
    assert {each.name: each.samples for each in inspect(tagged()).classes} == {"red": 10, "round": 4}
    assert inspect(priced()).classes == ()
