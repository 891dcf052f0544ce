"""Calibration: scale and shift of logits that minimize the log loss on held-out samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

__all__ = ["CALIBRATIONS", "Calibrate", "LogLoss", "fit_calibration", "sigmoid_log_loss", "softmax_log_loss"]

Calibrate: TypeAlias = Literal["none", "temperature", "vector"]
CALIBRATIONS: tuple[Calibrate, ...] = ("none", "temperature", "vector")

LogLoss: TypeAlias = Callable[[np.ndarray], tuple[float, np.ndarray]]
"""From logits (N, outputs) to the mean log loss of a sample, in nats, and its gradient (N, outputs)."""

_DEVIATION = 0.5
"""Deviation of the prior of logarithms of scales, and of shifts."""

_BOUND = 5.0
"""Bound of the logarithm of a scale."""


def fit_calibration(log_loss: LogLoss, logits: np.ndarray, method: Calibrate) -> tuple[list[float], list[float]]:
    """Return ``scale`` and ``shift`` of the smallest log loss on held-out logits.

    Temperature scaling (Guo et al. 2017, arXiv 1706.04599, section 4.2) has one scale, the inverse of the temperature,
    and no shift. Vector scaling has a scale and a shift per output. The logarithms of scales and the shifts have a
    Gaussian prior of mean 0 and deviation 0.5. It counts if held-out samples are few, or are nearly all correct:
    without it, the best scale is infinite if all are correct.

    Args:
        log_loss: The loss of logits, and its gradient.
        logits: Held-out logits (N, outputs).
        method: ``temperature`` or ``vector``.

    Returns:
        Scale and shift: one number and none, or one per output each.
    """
    from scipy.optimize import minimize

    given = np.asarray(logits, np.float64)
    outputs = given.shape[1]
    scales = outputs if method == "vector" else 1
    shifts = outputs if method == "vector" else 0

    def value_and_gradient(point: np.ndarray) -> tuple[float, np.ndarray]:
        scale, shift = np.exp(point[:scales]), point[scales:] if shifts else 0.0
        loss, gradient = log_loss(given * scale + shift)
        of_scale = (gradient * given).sum(axis=0)
        of_scale = (of_scale if scales > 1 else of_scale.sum(keepdims=True)) * scale
        slope = np.concatenate([of_scale, gradient.sum(axis=0)[:shifts]])
        prior = 1 / (_DEVIATION**2 * len(given))
        return loss + prior / 2 * float(point @ point), slope + prior * point

    found = minimize(
        value_and_gradient,
        np.zeros(scales + shifts),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_BOUND, _BOUND)] * scales + [(None, None)] * shifts,
        options={"ftol": 1e-12, "gtol": 1e-8},
    ).x
    return np.exp(found[:scales]).tolist(), found[scales:].tolist()


def softmax_log_loss(labels: np.ndarray) -> LogLoss:
    """Return the log loss of the softmax for labels int64 (N,)."""
    rows = np.arange(len(labels))

    def loss(logits: np.ndarray) -> tuple[float, np.ndarray]:
        shifted = logits - logits.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        gradient = np.exp(logs)
        gradient[rows, labels] -= 1
        return float(-logs[rows, labels].mean()), gradient / len(labels)

    return loss


def sigmoid_log_loss(labels: np.ndarray) -> LogLoss:
    """Return the log loss of independent sigmoids, summed over classes, for labels (N, K) of 0 and 1."""
    truth = np.asarray(labels, np.float64)

    def loss(logits: np.ndarray) -> tuple[float, np.ndarray]:
        losses = np.logaddexp(0.0, np.where(truth > 0, -logits, logits))
        gradient = (1 + np.tanh(logits / 2)) / 2 - truth
        return float(losses.sum(axis=1).mean()), gradient / len(truth)

    return loss
