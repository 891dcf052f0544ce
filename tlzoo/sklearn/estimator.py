"""What the classifier and the regressor share: parameters, training, the model, and pickling."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from tlzoo.sklearn.inputs import checked_inputs, read_examples
from tlzoo.sklearn.model_file import model_bytes, model_of

if TYPE_CHECKING:
    import keras

    from tlzoo.backbones import Preprocessing
    from tlzoo.runs import History, Recipe
    from tlzoo.tasks import Labels, Task

__all__ = ["TransferEstimator"]

_TRANSIENT = ("_model", "_function", "_preparation")
"""Objects of Keras and TensorFlow, which are not pickled but made again when they are needed."""
_OWN = ("rate", "validation_fraction", "random_state")
"""Parameters that are not fields of a recipe of the same name."""


class TransferEstimator(BaseEstimator, ABC):  # type: ignore[misc]
    """Parameters and training of ``TransferClassifier`` and ``TransferRegressor``."""

    recipe_: str
    """The resolved recipe, as TOML."""
    history_: History
    """The figures of every epoch."""
    validation_scores_: dict[str, float]
    """The score on the validation samples after each phase, by the phase's name; NaN if there are none."""

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

    @property
    def model_(self) -> keras.Model:
        """The trained Keras model, from prepared samples (N, …) to answers: ``model_.save("model.keras")``."""
        check_is_fitted(self)
        if "_model" not in vars(self):
            self._model = model_of(self._saved)
        return self._model

    def _train(self, inputs: Any, task: Task, labels: Labels, sample_weight: Any) -> None:
        """Train on checked inputs and encoded labels; set the fitted attributes."""
        from tlzoo.data import Samples, split
        from tlzoo.runs import fit_recipe

        seed = self._seed()
        recipe = self._recipe(seed)
        examples, digests = read_examples(inputs, recipe.backbone)
        weights = None if sample_weight is None else _weights(sample_weight, len(examples))
        samples = Samples("X", task, examples, labels, digests, weights=weights)
        fitted = fit_recipe(recipe, split(samples, seed=seed, validation=self.validation_fraction, test=0.0))
        for name in (*_TRANSIENT, "_saved"):
            vars(self).pop(name, None)
        self._model, self._preparation = fitted.model.network, fitted.model.preprocessing
        self._request = asdict(fitted.request)
        self.recipe_ = fitted.recipe.to_toml()
        self.history_ = fitted.history
        self.validation_scores_ = fitted.scores

    def _recipe(self, seed: int) -> Recipe:
        """Return the recipe that the parameters say; raise UsageError for one that is wrong."""
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
        """Return the model's answers float32 (N, outputs)."""
        import tensorflow as tf

        from tlzoo.training.frozen.feeds import prepared

        check_is_fitted(self)
        examples, _ = read_examples(checked_inputs(self, X), self.backbone)
        if "_function" not in vars(self):
            model, samples = self.model_, self._prepare()
            self._function = tf.function(
                lambda batch: model(batch, training=False),
                input_signature=[tf.TensorSpec((None, *samples.shape), samples.dtype)],
                autograph=False,
            )
        batches = prepared(examples, self._prepare(), np.arange(len(examples)), self._batch())
        return np.concatenate([np.asarray(self._function(batch), np.float32) for batch in batches])

    def _prepare(self) -> Preprocessing:
        """Return how raw input becomes samples: that of the backbone, whose weights are not needed for it."""
        from tlzoo.backbones import LoadRequest, load_backbone

        if "_preparation" not in vars(self):
            self._preparation = load_backbone(self.backbone, LoadRequest(**self._request)).preprocessing
        return self._preparation

    def _batch(self) -> int:
        return self.batch_size or 32

    def __getstate__(self) -> Any:
        """Return parameters and fitted attributes, with the model as the bytes of a ``.keras`` file."""
        if "_model" in vars(self) and "_saved" not in vars(self):
            self._saved = model_bytes(self._model)
        return {name: value for name, value in super().__getstate__().items() if name not in _TRANSIENT}

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there is a model."""
        return "_model" in vars(self) or "_saved" in vars(self)

    def __sklearn_tags__(self) -> Tags:
        """Images and texts as well as tables of numbers."""
        tags: Tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        return tags


def _weights(sample_weight: Any, count: int) -> np.ndarray:
    inputs = np.empty((count, 1), np.float32)  # scikit-learn asks for their number alone
    return np.asarray(_check_sample_weight(sample_weight, inputs, dtype=np.float32, ensure_non_negative=True))
