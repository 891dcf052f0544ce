"""LogME: the evidence of a Bayesian linear model of the labels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tlzoo.scores.contract import Features, Labels

__all__ = ["logme"]

_MOST_STEPS = 100
_CONVERGED = 1e-3
_PRECISION = 1e-12


def logme(features: Features, labels: Labels) -> float:
    """Logarithm of maximum evidence, per sample, averaged over the classes (You et al. 2021, arXiv 2102.11005).

    For each class, one-hot labels y are modelled as F w + noise with w ~ N(0, 1/alpha) and noise ~ N(0, 1/beta); alpha
    and beta maximize the evidence p(y | F) (eq. 2), by the fixed-point iteration of the extended version (arXiv
    2110.10545, algorithm 3) on one singular value decomposition::

        gamma = sum_i beta s_i^2 / (alpha + beta s_i^2), alpha = gamma / (m m), beta = (N - gamma) / |F m - y|^2,
        evidence = (D log alpha + N log beta - log|A| - beta |F m - y|^2 - alpha m m - N log 2 pi) / 2N.
    """
    exact = features.astype(np.float64)
    left, squared = _decomposed(exact)
    classes = np.unique(labels)
    return float(np.mean([_evidence(left, squared, exact.shape, (labels == each) * 1.0) for each in classes]))


def _decomposed(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return left singular vectors (N, min(N, D)) and squared singular values, by the smaller product of matrices.

    Several times as fast as a singular value decomposition. Directions below its precision are omitted: targets
    along them count as unexplained.
    """
    count, size = features.shape
    if count <= size:
        squared, left = np.linalg.eigh(features @ features.T)
        kept = squared > _PRECISION * squared[-1]
        return left[:, kept], squared[kept]
    squared, right = np.linalg.eigh(features.T @ features)
    kept = squared > _PRECISION * squared[-1]
    return features @ right[:, kept] / np.sqrt(squared[kept]), squared[kept]


def _evidence(left: np.ndarray, squared: np.ndarray, shape: tuple[int, int], target: np.ndarray) -> float:
    count, size = shape
    projected = left.T @ target  # the target's coordinates along the left singular vectors
    outside = max(0.0, float(target @ target - projected @ projected))  # unexplained by any w
    alpha = beta = 1.0
    for _ in range(_MOST_STEPS):
        ratio = alpha / beta
        gamma = float((squared / (squared + ratio)).sum())
        weights = float((squared * projected**2 / (squared + ratio) ** 2).sum())
        residual = float((ratio**2 * projected**2 / (squared + ratio) ** 2).sum()) + outside
        alpha, beta = gamma / max(weights, 1e-12), (count - gamma) / max(residual, 1e-12)
        if abs(alpha / beta - ratio) <= _CONVERGED * ratio:
            break
    ratio = alpha / beta
    weights = float((squared * projected**2 / (squared + ratio) ** 2).sum())
    residual = float((ratio**2 * projected**2 / (squared + ratio) ** 2).sum()) + outside
    determinant = float(np.log(alpha + beta * squared).sum()) + (size - len(squared)) * math.log(alpha)
    evidence = size * math.log(alpha) + count * math.log(beta) - determinant - beta * residual - alpha * weights
    return (evidence - count * math.log(2 * math.pi)) / (2 * count)
