"""Areas under ROC and precision-recall curves, and decision thresholds, against scikit-learn and the definitions."""

import numpy as np
import pytest
from sklearn.metrics import auc, average_precision_score, roc_auc_score

from tlzoo.errors import UsageError
from tlzoo.tasks import Curves, classification_metrics
from tlzoo.tasks.curves import class_curves, points
from tlzoo.tasks.thresholds import ThresholdRule, best_thresholds, read_rule


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels bool (N, 3) and scores (N, 3) with ties."""
    draw = np.random.default_rng(seed)
    truth = draw.random((count, 3)) < (0.2, 0.5, 0.7)
    return truth, np.round(truth + draw.normal(0, 1, (count, 3)), 1)


def test_areas_equal_those_of_scikit_learn() -> None:
    truth, scores = drawn(200)
    found = class_curves(truth, scores, ("a", "b", "c"))
    assert found.macro is not None
    assert found.macro.roc_auc == pytest.approx(roc_auc_score(truth, scores, average="macro"))
    assert found.macro.average_precision == pytest.approx(average_precision_score(truth, scores, average="macro"))
    assert found.per_class["a"].roc_auc == pytest.approx(roc_auc_score(truth[:, 0], scores[:, 0]))
    assert Curves.from_json(found.to_json()) == found
    false, recall, _ = points(truth[:, 0], scores[:, 0])
    assert auc(np.append(0, false), np.append(0, recall)) == pytest.approx(found.per_class["a"].roc_auc)


def test_the_interval_of_an_area_is_that_of_delong() -> None:
    truth, scores = drawn(60)
    own, column = truth[:, 1], scores[:, 1]
    pairs = np.sign(column[own][:, np.newaxis] - column[~own]) / 2 + 0.5
    variance = pairs.mean(axis=1).var(ddof=1) / own.sum() + pairs.mean(axis=0).var(ddof=1) / (~own).sum()
    low, high = class_curves(truth, scores, ("a", "b", "c")).per_class["b"].roc_auc_interval
    assert (low + high) / 2 == pytest.approx(pairs.mean())
    assert high - low == pytest.approx(2 * 1.959964 * np.sqrt(variance))


def test_intervals_contain_the_true_areas() -> None:
    true = class_curves(*drawn(20_000, seed=9), ("a", "b", "c")).macro
    assert true is not None
    found = [class_curves(*drawn(100, seed), ("a", "b", "c")).macro for seed in range(60)]
    for name in ("roc_auc", "average_precision"):
        intervals = [getattr(each, f"{name}_interval") for each in found]
        assert np.mean([low <= getattr(true, name) <= high for low, high in intervals]) > 0.85


def test_a_class_that_all_or_no_samples_have_has_no_curve() -> None:
    truth, scores = drawn(30)
    truth[:, 0], truth[:, 1] = True, False
    assert list(class_curves(truth, scores, ("a", "b", "c")).per_class) == ["c"]
    metrics = classification_metrics(np.zeros(3, int), np.full((3, 2), 0.5), ("a", "b"))
    assert metrics.to_json()["curves"] is None


def test_a_perfect_order_of_few_samples_has_an_interval() -> None:
    truth = np.arange(40)[:, np.newaxis] < 10
    found = class_curves(truth, truth + 0.0, ("a",)).macro
    assert found is not None
    assert found.roc_auc_interval == found.average_precision_interval == (pytest.approx(0.7), 1.0)
    rare = np.arange(1000)[:, np.newaxis] < 2
    nearly = class_curves(rare, -np.arange(1000.0)[::-1, np.newaxis], ("a",)).macro
    assert nearly is not None
    assert 0 <= nearly.average_precision_interval[0] < nearly.average_precision < nearly.average_precision_interval[1]


def test_the_interval_of_the_mean_average_precision_is_that_of_its_rarest_classes() -> None:
    draw = np.random.default_rng(0)
    truth = np.arange(400)[:, np.newaxis] < (8, 200)  # prevalences 0.02 and 0.5
    macro = class_curves(truth, truth + draw.normal(0, 1, (400, 2)), ("a", "b")).macro
    assert macro is not None
    precision = macro.average_precision
    low, high = (np.log(each / (1 - each)) for each in macro.average_precision_interval)
    deviation = (high - low) / 2 / 1.959964 * precision * (1 - precision)
    assert deviation**2 == pytest.approx(sum(precision * (1 - precision) / count for count in (8, 200)) / 4)


def test_an_area_has_no_interval_if_its_variance_cannot_be_estimated() -> None:
    scores = np.arange(20.0)[:, np.newaxis]
    only = class_curves(scores == 12, scores, ("a",))
    assert only.macro is not None
    assert only.macro.roc_auc_interval is None
    assert Curves.from_json(only.to_json()) == only
    equal = class_curves(scores < 10, np.zeros((20, 1)), ("a",)).macro
    assert equal is not None
    assert (equal.roc_auc, equal.roc_auc_interval) == (0.5, None)


def test_a_wrong_order_of_few_samples_has_the_mirrored_interval() -> None:
    truth = np.arange(40)[:, np.newaxis] < 10
    found = class_curves(truth, 0.0 - truth, ("a",)).macro
    assert found is not None
    assert found.roc_auc_interval == (0.0, pytest.approx(0.3))


@pytest.mark.parametrize("text", ["f1", "recall=0.9", "precision=80%", "cost=5", "cost=0.01"])
def test_a_threshold_is_the_best_of_all(text: str) -> None:
    rule = read_rule(text)
    assert rule is not None
    truth, scores = drawn(300)
    shares = 1 / (1 + np.exp(-scores))
    found = best_thresholds(truth, shares, rule)
    for own, column, threshold in zip(truth.T, shares.T, found, strict=True):
        every = [gain(own, column >= each, rule) for each in [*np.unique(column), 1.1]]
        assert gain(own, column >= threshold, rule) == pytest.approx(max(every))


def gain(truth: np.ndarray, predicted: np.ndarray, rule: ThresholdRule) -> float:
    right, missed, wrong = (truth & predicted).sum(), (truth & ~predicted).sum(), (predicted & ~truth).sum()
    precision, recall = right / max(1, right + wrong), right / (right + missed)
    return {
        "f1": 2 * right / (2 * right + missed + wrong),
        "recall": precision if recall >= rule.value else -np.inf,
        "precision": recall if precision >= rule.value else -np.inf,
        "cost": -rule.value * missed - wrong,
    }[rule.measure]


def test_a_precision_that_no_threshold_reaches_leaves_a_half() -> None:
    truth = np.arange(20)[:, np.newaxis] < 10
    assert best_thresholds(truth, np.full((20, 1), 0.7), ThresholdRule("precision", 0.9)) == (0.5,)


@pytest.mark.parametrize("text", ["recall", "recall=0", "recall=1.5", "cost=-1", "best", "f1=0.5"])
def test_other_rules_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"no decision threshold .*; valid: half, f1, recall=0\.9"):
        read_rule(text)
