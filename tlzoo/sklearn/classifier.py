"""``TransferClassifier``: a scikit-learn classifier with a backbone of the zoo."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags, assert_all_finite, check_array
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d

from tlzoo.sklearn.estimator import TransferEstimator
from tlzoo.sklearn.inputs import checked_inputs

__all__ = ["TransferClassifier"]

_LEAST = 1e-30
"""Minimum probability for logarithms, as float32 has no values between 1e-38 and 0."""
_TWO = 2
_THRESHOLD = 0.5
"""Probability from which a class of several labels applies."""


class TransferClassifier(ClassifierMixin, TransferEstimator):  # type: ignore[misc]
    """Classifier for images, texts or rows of numbers, with a backbone of the zoo.

    Parameters are recipe fields, as for ``tlzoo.train``, with the same results, except that there is no test split:
    ``fit`` trains on all samples, with a part for validation.

    Args:
        backbone: Entry of the zoo.
        strategy: Name of a strategy, or a mapping of ``name`` and options.
        rate: Learning rate of the strategy; None for its default.
        head: Name of a head, or a mapping of ``name`` and options.
        augment: Augmentation policy.
        epochs: Total number of epochs; None for about 1,500 steps.
        batch_size: Batch size; None for 32, or less for small data sets.
        optimizer: Name of an optimizer.
        balance: Method for imbalanced classes.
        image_size: Height and width of images in pixels; None for those of the entry.
        sequence_length: Maximum number of tokens; None for that of the entry.
        weights: ``"pretrained"`` or ``"random"``; None: as the strategy requires.
        precision: Precision of computations.
        validation_fraction: Share of each class for validation, not used in training; 0 for none.
        random_state: Random seed: a number, a generator, or None for a different one each time.
        out: Folder that keeps the run folder of each fit; None keeps none. The last one is ``run_``.

    ``X`` is an array of images (N, height, width) or (N, height, width, 1 or 3), 0 to 255; a list of PIL images or of
    paths; a list of texts; or a table of numbers for the entry ``numeric/identity.raw``. ``y`` (N,) are classes, or a
    multi-label indicator matrix (N, classes) of 0 and 1: any number of classes per input.

    >>> from sklearn.datasets import load_digits
    >>> images, labels = 15 * load_digits().images[:60], load_digits().target[:60]
    >>> model = tlzoo.TransferClassifier("glyphnet", strategy="feature-extraction").fit(images, labels)
    >>> classes = model.predict(images[:3])

    To search parameters: ``GridSearchCV(model, {"rate": [1e-3, 1e-4], "strategy": ["fine-tune", "lp-ft"]})``.
    """

    classes_: np.ndarray
    """The classes, sorted, in the order of the columns of probabilities; the columns of ``y`` for several labels."""

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
        balance: str = "none",
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
        self.balance = balance

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> TransferClassifier:  # noqa: N803
        """Train on all inputs and return the estimator.

        ``sample_weight`` (N,), 0 or more, weights samples in the loss. Raises ValueError for inputs and labels that
        scikit-learn rejects, and TlzooError for parameters and inputs that tlzoo rejects.
        """
        from tlzoo.tasks import Classification, MultiLabel

        inputs = checked_inputs(self, X, _given(self, y))
        assert_all_finite(y, input_name="y")
        check_classification_targets(y)
        self._several = type_of_target(y).startswith("multilabel")
        if self._several:
            table = check_array(y, accept_sparse=True, dtype=None, input_name="y", estimator=self)
            table = table.toarray() if hasattr(table, "toarray") else table
            names = tuple(f"y{number}" for number in range(table.shape[1]))
            self._train(inputs, MultiLabel(names), table.astype(np.float32), sample_weight)
            self.classes_, self._dtype = np.arange(len(names)), table.dtype
            return self
        classes, labels = np.unique(column_or_1d(y, warn=True), return_inverse=True)
        if len(classes) < _TWO:
            raise ValueError(
                f"{type(self).__name__} needs at least 2 classes; y has one class, {classes.tolist()[0]!r}"
            )
        self._refuse_lost_class(classes, labels, sample_weight)
        task = Classification(tuple(map(str, classes.tolist())))
        self._train(inputs, task, labels.astype(np.int64), sample_weight)
        self.classes_ = classes
        return self

    def _refuse_lost_class(self, classes: np.ndarray, labels: np.ndarray, sample_weight: Any) -> None:
        """Raise ValueError for a class whose samples all have weight zero."""
        weights = None if sample_weight is None else np.asarray(sample_weight)
        if weights is None or weights.shape != labels.shape or weights.dtype.kind not in "iufb":
            return  # invalid weights are refused later
        for name, total in zip(classes.tolist(), np.bincount(labels, np.abs(weights)), strict=True):
            if not total:
                raise ValueError(f"all samples of class {name!r} have weight zero; remove the class from y")

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the most probable class of each input, (N,); for several labels an indicator matrix (N, classes)."""
        check_is_fitted(self)
        probabilities = self.predict_proba(X)
        if self._several:
            return (probabilities >= _THRESHOLD).astype(self._dtype)
        classes: np.ndarray = self.classes_[probabilities.argmax(axis=1)]
        return classes

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return probabilities, float64 (N, classes), in the order of ``classes_``.

        Those of several labels are independent. Those of one class per input have the sum 1.
        """
        answers = self._answers(X).astype(np.float64)
        if self._several:
            return answers
        probabilities: np.ndarray = answers / answers.sum(axis=1, keepdims=True)
        return probabilities

    def predict_log_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the logarithms of the probabilities, at least -69."""
        logs: np.ndarray = np.log(np.maximum(self.predict_proba(X), _LEAST))
        return logs

    def decision_function(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return log-probabilities (N, classes); for two classes the log-odds of the second one, (N,).

        For several labels, return the log-odds of each class (N, classes).
        """
        check_is_fitted(self)
        if self._several:
            probabilities = self.predict_proba(X)
            with_class, without = (np.log(np.maximum(each, _LEAST)) for each in (probabilities, 1 - probabilities))
            return np.asarray(with_class - without)
        logs = self.predict_log_proba(X)
        return logs[:, 1] - logs[:, 0] if logs.shape[1] == _TWO else logs

    def __sklearn_tags__(self) -> Tags:
        """Declare support for several labels."""
        tags: Tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _given(estimator: Any, y: Any) -> Any:
    """Return the labels; raise ValueError like scikit-learn if there are none."""
    if y is None:
        raise ValueError(f"{type(estimator).__name__} requires y to be passed, but the target y is None")
    return y
