"""Each score against its definition, computed the slow way, and against what it should see."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.covariance import ledoit_wolf

from tlzoo.scores import h_score, knn, leep, linear_probe, logme, nce, score_inputs

CLASSES = 3
OF_FEATURES = [knn, linear_probe, logme, h_score]
OF_PREDICTIONS = [leep, nce]


def clouds(spread: float, count: int = 60, size: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return normal clouds around class centres one apart; the larger ``spread``, the more they overlap."""
    draw = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    centres = draw.normal(size=(CLASSES, size))
    return (centres[labels] + spread * draw.normal(size=(count, size))).astype(np.float32), labels


def predictions(sharpness: float, sources: int = 4, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities of source classes, which follow the labels the more, the sharper."""
    draw = np.random.default_rng(1)
    labels = np.arange(count) % CLASSES
    logits = draw.normal(size=(count, sources)) + sharpness * np.eye(sources)[labels]
    return (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize("score", OF_FEATURES)
def test_features_that_part_the_classes_score_higher(score) -> None:
    values = [score(*clouds(spread)) for spread in (0.2, 1.0, 5.0)]
    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1]


@pytest.mark.parametrize("score", OF_PREDICTIONS)
def test_predictions_that_follow_the_labels_score_higher(score) -> None:
    values = [score(*predictions(sharpness)) for sharpness in (5.0, 1.0, 0.0)]
    assert values == sorted(values, reverse=True)
    assert score_inputs(score) == "predictions"


@pytest.mark.parametrize("score", OF_FEATURES)
def test_more_features_than_samples_are_supported(score) -> None:
    features, labels = clouds(0.5, count=30, size=80)
    assert math.isfinite(score(features, labels))


@pytest.mark.parametrize("score", OF_FEATURES)
def test_labels_need_not_be_dense(score) -> None:
    features, labels = clouds(0.5)
    assert score(features, labels) == pytest.approx(score(features, labels * 7))


def test_knn_is_the_vote_of_the_five_nearest() -> None:
    features, labels = clouds(1.0)
    right = 0
    for own in range(len(features)):
        cosine = features @ features[own] / (np.linalg.norm(features, axis=1) * np.linalg.norm(features[own]))
        order = [other for other in np.argsort(-cosine) if other != own][:5]
        votes = np.bincount(labels[order], minlength=CLASSES).astype(float)
        tied = np.flatnonzero(votes == votes.max())
        nearness = [sum(cosine[other] for other in order if labels[other] == each) for each in tied]
        right += int(tied[int(np.argmax(nearness))] == labels[own])
    assert knn(features, labels) == pytest.approx(right / len(features))


def test_knn_leaves_the_sample_itself_out() -> None:
    features, _ = clouds(1.0, count=200, size=20)
    labels = np.random.default_rng(2).permutation(np.arange(200) % 10)
    assert knn(features, labels) < 0.25


def test_a_linear_probe_is_right_where_classes_can_be_parted_and_by_chance_where_not() -> None:
    assert linear_probe(*clouds(0.1)) == 1
    features, labels = clouds(1.0, count=300)
    shuffled = np.random.default_rng(3).permutation(labels)
    assert linear_probe(features, shuffled) == pytest.approx(1 / CLASSES, abs=0.1)


def test_a_linear_probe_of_single_samples_is_not_a_number() -> None:
    assert math.isnan(linear_probe(np.eye(3, dtype=np.float32), np.arange(3)))


@pytest.mark.parametrize(("count", "size"), [(40, 6), (12, 20)])
def test_logme_is_the_largest_evidence(count: int, size: int) -> None:
    """Of y ~ N(0, I / beta + F F' / alpha), maximized over alpha and beta by a general optimizer."""
    features, labels = clouds(1.0, count=count, size=size)
    exact = features.astype(np.float64)
    found = []
    for each in range(CLASSES):
        target = (labels == each).astype(float)

        def unlikely(logs: np.ndarray, target: np.ndarray = target) -> float:
            covariance = np.eye(count) / math.exp(logs[1]) + exact @ exact.T / math.exp(logs[0])
            return -float(multivariate_normal.logpdf(target, cov=covariance))

        found.append(-minimize(unlikely, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-6}).fun / count)
    assert logme(features, labels) == pytest.approx(np.mean(found), abs=2e-4)


def test_h_score_is_the_trace_of_its_definition() -> None:
    features, labels = clouds(1.0)
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    covariance, shrinkage = ledoit_wolf(centred, assume_centered=True)
    means = np.stack([centred[labels == each].mean(axis=0) for each in range(CLASSES)])[labels]
    between = means.T @ means / len(labels)
    expected = (1 - shrinkage) * np.trace(np.linalg.inv(covariance) @ between)
    assert h_score(features, labels) == pytest.approx(expected)


def test_leep_is_its_definition() -> None:
    probabilities, labels = predictions(1.0)
    exact = probabilities.astype(np.float64)
    total = 0.0
    for own in range(len(labels)):
        likelihood = 0.0
        for source in range(exact.shape[1]):
            of_label = exact[labels == labels[own], source].sum() / exact[:, source].sum()
            likelihood += of_label * exact[own, source]
        total += math.log(likelihood)
    assert leep(probabilities, labels) == pytest.approx(total / len(labels))


def test_nce_is_its_definition() -> None:
    probabilities, labels = predictions(1.0)
    predicted = probabilities.argmax(axis=1)
    total = 0.0
    for label in range(CLASSES):
        for source in range(probabilities.shape[1]):
            joint = np.mean((labels == label) & (predicted == source))
            if joint:
                total += joint * math.log(joint / np.mean(predicted == source))
    assert nce(probabilities, labels) == pytest.approx(total)
