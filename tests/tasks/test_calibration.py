"""Calibration of logits, and the expected calibration error, against direct implementations."""

import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.metrics import log_loss

from tlzoo.tasks import PLAIN, Classification, Decision, MultiLabel, classification_metrics
from tlzoo.tasks.calibration import fit_calibration, sigmoid_log_loss, softmax_log_loss
from tlzoo.tasks.reliability import Reliability, reliability


def drawn(count: int, classes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and labels that are drawn from their softmax."""
    draw = np.random.default_rng(seed)
    logits = draw.normal(0, 2, (count, classes))
    return logits, (softmax(logits).cumsum(axis=1) > draw.random((count, 1))).argmax(axis=1)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def test_the_temperature_of_the_smallest_log_loss_is_found() -> None:
    logits, labels = drawn(6000)
    ((scale,), shift) = fit_calibration(softmax_log_loss(labels), 3 * logits, "temperature")
    assert shift == []
    best, *others = (log_loss(labels, softmax(3 * logits * each)) for each in (scale, scale - 0.005, scale + 0.005))
    assert best < min(others)


def test_vector_scaling_finds_the_scale_and_shift_of_each_class() -> None:
    logits, labels = drawn(20_000, classes=3)
    wrong = (logits - (0.5, 0, -0.5)) / (0.5, 1.0, 2.0)
    scale, shift = fit_calibration(softmax_log_loss(labels), wrong, "vector")
    assert scale == pytest.approx((0.5, 1.0, 2.0), rel=0.1)
    assert np.subtract(shift, shift[1]) == pytest.approx((0.5, 0, -0.5), abs=0.1)


def test_held_out_samples_that_are_all_right_have_a_finite_scale() -> None:
    logits = 5 * np.eye(3)[np.arange(12) % 3]
    ((scale,), _) = fit_calibration(softmax_log_loss(np.arange(12) % 3), logits, "temperature")
    assert 1 < scale < 3


@pytest.mark.parametrize("several", [False, True])
def test_gradients_are_those_of_the_losses(*, several: bool) -> None:
    logits, labels = drawn(6)
    loss = sigmoid_log_loss(np.eye(4)[labels]) if several else softmax_log_loss(labels)
    error = check_grad(
        lambda point: loss(point.reshape(6, 4))[0], lambda point: loss(point.reshape(6, 4))[1].ravel(), logits.ravel()
    )
    assert error < 1e-6


def test_the_layers_of_a_decision_calibrate_as_numpy_does() -> None:
    logits = drawn(5)[0].astype(np.float32)
    for decision in (Decision(scale=[0.7]), Decision(scale=[1.0, 2.0, 3.0, 0.5], shift=[0.0, 1.0, -1.0, 0.5])):
        (layer,) = decision.layers()
        np.testing.assert_allclose(layer(logits), decision.calibrated(logits), rtol=1e-6)
        assert Decision.model_validate(decision.to_json()) == decision
    assert PLAIN.layers() == []
    assert PLAIN.calibrated(logits) is logits


@pytest.mark.parametrize(
    "values", [{"scale": [0.0]}, {"scale": [float("nan")]}, {"scale": "ab"}, {"unknown": 1}, {"thresholds": [None]}]
)
def test_a_damaged_decision_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Decision"):
        Decision.model_validate(values)


def test_a_decision_of_another_task_is_refused() -> None:
    with pytest.raises(ValueError, match="3 numbers in scale for 2"):
        Decision(scale=[1.0, 1.0, 1.0]).check(Classification(("a", "b")))
    with pytest.raises(ValueError, match="1 numbers in thresholds for 2"):
        Decision(thresholds=[0.5]).check(MultiLabel(("a", "b")))


def test_the_calibration_error_is_the_weighted_gap_of_bins_of_equal_mass() -> None:
    draw = np.random.default_rng(0)
    shares = draw.random(600)
    outcomes = draw.random(600) < shares**2
    order = np.argsort(shares)
    parts = np.array_split(order, 15)
    expected = sum(len(part) / 600 * abs(outcomes[part].mean() - shares[part].mean()) for part in parts)
    found = reliability(shares[:, np.newaxis], outcomes[:, np.newaxis])
    assert found.error == pytest.approx(expected)
    assert [each.examples for each in found.bins] == [40] * 15
    assert 0.1 < found.interval[0] < found.error < found.interval[1]
    assert Reliability.from_json(found.to_json()) == found


def test_equal_probabilities_share_a_bin_and_right_ones_have_an_interval_from_zero() -> None:
    logits, labels = drawn(400, seed=2)
    (only,) = reliability(np.full((100, 1), 0.9), np.arange(100)[:, np.newaxis] < 70).bins
    assert (only.examples, only.frequency) == (100, 0.7)
    metrics = classification_metrics(labels, softmax(logits), ("a", "b", "c", "d"))
    assert metrics.reliability.error > 0
    assert metrics.reliability.interval[0] == 0
