"""Shared code of the classifier and the regressor: parameters, training, the model, and pickling."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from tlzoo.sklearn.inputs import checked_inputs, read_examples
from tlzoo.sklearn.network import TrainedNetwork

if TYPE_CHECKING:
    import keras

    from tlzoo.runs import History, Recipe, Run
    from tlzoo.tasks import Labels, Task

__all__ = ["TransferEstimator"]

_BATCH = 256
"""Prediction batch size."""

_OWN = ("rate", "validation_fraction", "random_state", "out")
"""Parameters that are not recipe fields of the same name."""


class TransferEstimator(BaseEstimator, ABC):  # type: ignore[misc]
    """Parameters and training of ``TransferClassifier`` and ``TransferRegressor``."""

    recipe_: str
    """The resolved recipe, as TOML."""
    history_: History
    """The metrics of every epoch."""
    validation_scores_: dict[str, float]
    """The validation score after each phase, by the name of the phase; NaN without validation."""
    run_: Run | None
    """The run folder: ``predict``, ``model`` and ``history``, but no metrics on a test split. None without ``out``."""

    @abstractmethod
    def __init__(
        self,
        backbone: str,
        strategy: Any,
        rate: float | None,
        head: Any,
        augment: Any,
        epochs: int | None,
        batch_size: int | None,
        optimizer: str,
        image_size: int | None,
        sequence_length: int | None,
        weights: str | None,
        precision: str,
        validation_fraction: float,
        random_state: Any,
        out: Any,
    ) -> None:
        self.backbone = backbone
        self.strategy = strategy
        self.rate = rate
        self.head = head
        self.augment = augment
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.image_size = image_size
        self.sequence_length = sequence_length
        self.weights = weights
        self.precision = precision
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.out = out

    @property
    def model_(self) -> keras.Model:
        """The trained Keras model, from preprocessed samples (N, …) to predictions: ``model_.save("model.keras")``."""
        check_is_fitted(self)
        return self._network.model

    def _train(self, inputs: Any, task: Task, labels: Labels, sample_weight: Any) -> None:
        """Train on checked inputs and encoded labels; set the fitted attributes."""
        from tlzoo.data import Samples, split
        from tlzoo.runs import fit_recipe
        from tlzoo.tasks import TaskOptions

        seed = self._seed()
        recipe = self._recipe(seed)
        options = TaskOptions(recipe.balance, recipe.named_loss, recipe.thresholds, recipe.calibrate, recipe.coverage)
        task.check_options(options, type(self).__name__)
        examples, digests = read_examples(inputs, recipe.backbone)
        weights = None if sample_weight is None else _weights(sample_weight, len(examples))
        samples = Samples("X", task, examples, labels, digests, weights=weights)
        data = split(samples, seed=seed, validation=self.validation_fraction, test=0.0)
        recipe = recipe.model_copy(update={"data": f"memory:{data.fingerprint[:16]}"})
        fitted = fit_recipe(recipe, data, out=None if self.out is None else Path(self.out))
        self._network = TrainedNetwork.of(fitted)
        self.recipe_ = fitted.recipe.to_toml()
        self.history_ = fitted.history
        self.validation_scores_ = fitted.scores
        self.run_ = fitted.run

    def _recipe(self, seed: int) -> Recipe:
        """Return the recipe for the parameters; raise UsageError for an invalid one."""
        from tlzoo.api.recipe_arguments import recipe_values
        from tlzoo.runs import read_recipe

        fields = {name: value for name, value in self.get_params(deep=False).items() if name not in _OWN}
        values = recipe_values(fields)
        if self.rate is not None:
            strategy = values["strategy"]
            values["strategy"] = strategy | {"options": {**strategy.get("options", {}), "rate": self.rate}}
        return read_recipe(None, values | {"data": "memory:X", "seed": seed})

    def _seed(self) -> int:
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _answers(self, X: Any) -> np.ndarray:  # noqa: N803  (scikit-learn's name)
        """Return the model's predictions, float32 (N, outputs)."""
        check_is_fitted(self)
        examples, _ = read_examples(checked_inputs(self, X), self._network.backbone)
        return self._network.answers(examples, self.batch_size or _BATCH)

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether there is a model."""
        return "_network" in vars(self)

    def __sklearn_tags__(self) -> Tags:
        """Declare support for images and texts besides tables of numbers."""
        tags: Tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        return tags


def _weights(sample_weight: Any, count: int) -> np.ndarray:
    inputs = np.empty((count, 1), np.float32)  # scikit-learn needs only their number
    return np.asarray(_check_sample_weight(sample_weight, inputs, dtype=np.float32, ensure_non_negative=True))
