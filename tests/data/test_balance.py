"""Weights of classes."""

from __future__ import annotations

import numpy as np

from tlzoo.data.balance import class_weights


def test_classes_weigh_inversely_as_they_are_frequent() -> None:
    labels = np.array([0, 0, 0, 2])
    weights = class_weights(labels, 3)
    assert weights[labels].mean() == 1
    assert weights[2] == 3 * weights[0]


def test_no_labels_give_finite_weights() -> None:
    assert np.isfinite(class_weights(np.array([], np.int64), 2)).all()
