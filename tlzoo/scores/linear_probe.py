"""Cross-validated accuracy of a linear classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.scores.contract import mean_of

if TYPE_CHECKING:
    from tlzoo.scores.contract import Features, Labels

__all__ = ["linear_probe"]

_FOLDS = 5


def _right(features: Features, labels: Labels) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return 1 for each correct held-out prediction, else 0; NaN with one sample per class."""
    from sklearn.linear_model import RidgeClassifierCV
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    counts = np.bincount(labels)
    folds = min(_FOLDS, int(counts[counts > 0].min()))
    if folds <= 1:
        return np.full(len(labels), np.nan)
    right = np.zeros(len(labels))
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=0).split(features, labels):
        model = make_pipeline(StandardScaler(), RidgeClassifierCV(np.logspace(-2, 5, 15)))
        model.fit(features[train].astype(np.float64), labels[train])
        right[test] = model.predict(features[test].astype(np.float64)) == labels[test]
    return right


@mean_of(_right)
def linear_probe(features: Features, labels: Labels) -> float:
    """Accuracy of a linear classifier, cross-validated in five stratified folds (fewer if a class has fewer samples).

    The classifier is ridge regression on one-hot labels. The penalty is chosen in each training part by leave-one-out
    error, which has a closed form. Features are standardized by the training part. With one sample per class, nothing
    can be held out, and the score is NaN.
    """
    return float(_right(features, labels).mean())
