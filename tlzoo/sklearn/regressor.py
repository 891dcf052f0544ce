"""``TransferRegressor``: a scikit-learn regressor with a backbone of the zoo."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags, check_array

from tlzoo.sklearn.estimator import TransferEstimator
from tlzoo.sklearn.inputs import checked_inputs

__all__ = ["TransferRegressor"]


class TransferRegressor(RegressorMixin, TransferEstimator):  # type: ignore[misc]
    """Regressor for images, texts or rows of numbers, with one or several targets.

    Parameters and inputs are those of ``TransferClassifier``, with ``loss`` (``"mse"``, or ``"huber"``, robust to
    outliers) instead of ``balance``. ``y`` is (N,), or (N, targets).

    >>> from sklearn.datasets import load_digits
    >>> images, numbers = 15 * load_digits().images[:60], load_digits().target[:60].astype(float)
    >>> model = tlzoo.TransferRegressor("glyphnet", strategy="feature-extraction", loss="huber").fit(images, numbers)
    >>> predicted = model.predict(images[:3])
    """

    def __init__(
        self,
        backbone: str = "glyphnet",
        *,
        strategy: Any = "feature-extraction",
        rate: float | None = None,
        head: Any = "linear",
        augment: Any = "none",
        epochs: int | None = None,
        batch_size: int | None = None,
        optimizer: str = "adamw",
        loss: str | None = None,
        image_size: int | None = None,
        sequence_length: int | None = None,
        weights: str | None = None,
        precision: str = "float32",
        validation_fraction: float = 0.15,
        random_state: Any = 0,
        out: Any = None,
    ) -> None:
        super().__init__(
            backbone,
            strategy,
            rate,
            head,
            augment,
            epochs,
            batch_size,
            optimizer,
            image_size,
            sequence_length,
            weights,
            precision,
            validation_fraction,
            random_state,
            out,
        )
        self.loss = loss

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> TransferRegressor:  # noqa: N803
        """Train on all inputs and return the estimator. See ``TransferClassifier.fit``."""
        from tlzoo.tasks import Regression

        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        inputs = checked_inputs(self, X, y)
        numbers = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y", estimator=self)
        rows = numbers.reshape(len(numbers), -1)
        names = ("y",) if rows.shape[1] == 1 else tuple(f"y{number}" for number in range(rows.shape[1]))
        self._train(inputs, Regression(names), rows.astype(np.float32), sample_weight)
        self._is_column = numbers.ndim == 1
        return self

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the predictions, float64: (N,), or (N, targets) if ``y`` had a second axis."""
        answers = self._answers(X).astype(np.float64)
        return answers[:, 0] if self._is_column else answers

    def __sklearn_tags__(self) -> Tags:
        """Declare support for several targets."""
        tags: Tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
