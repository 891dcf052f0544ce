"""A trained network that can be pickled as the bytes of a ``.keras`` file, without code and Keras objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from tlzoo.backbones import Preprocessing
    from tlzoo.data import Examples
    from tlzoo.runs import Fitted

__all__ = ["TrainedNetwork"]

_FILE = "model.keras"
_KEPT = ("backbone", "request", "saved")


@final
class TrainedNetwork:
    """A Keras model from preprocessed samples to predictions, with the backbone's preprocessing of raw input.

    After unpickling, the model is loaded on first use, and so is the preprocessing: that of the entry ``backbone`` for
    ``request`` (fields of a ``LoadRequest``), without weights.
    """

    backbone: str
    request: Mapping[str, Any]

    @classmethod
    def of(cls, fitted: Fitted) -> TrainedNetwork:
        """Return the network of a recipe trained in this process."""
        made = cls()
        made.backbone, made.request = fitted.recipe.backbone, asdict(fitted.request)
        vars(made)["model"], vars(made)["preprocessing"] = fitted.model.network, fitted.model.preprocessing
        return made

    def answers(self, examples: Examples, batch_size: int) -> np.ndarray:
        """Return the predictions, float32 (N, outputs), for raw inputs, in order."""
        from tlzoo.training.frozen.feeds import prepared

        batches = prepared(examples, self.preprocessing, np.arange(len(examples)), batch_size)
        return np.concatenate([np.asarray(self._function(batch), np.float32) for batch in batches])

    @cached_property
    def model(self) -> keras.Model:
        """The Keras model. Raises BytesRefusedError if the pickled file would run code."""
        import keras

        import tlzoo.layers  # noqa: F401 - the model may have layers of plugins
        from tlzoo.artifacts.formats.keras_model import check_keras_model

        with TemporaryDirectory(prefix="tlzoo-") as folder:
            path = Path(folder, _FILE)
            path.write_bytes(self.saved)
            check_keras_model(path, "the pickled model")
            return keras.models.load_model(path, compile=False)

    @cached_property
    def preprocessing(self) -> Preprocessing:
        """The preprocessing of raw input."""
        from tlzoo.backbones import LoadRequest, load_backbone

        return load_backbone(self.backbone, LoadRequest(**self.request)).preprocessing

    @cached_property
    def saved(self) -> bytes:
        """The model as a ``.keras`` file: architecture and weights."""
        with TemporaryDirectory(prefix="tlzoo-") as folder:
            path = Path(folder, _FILE)
            self.model.save(path)
            return path.read_bytes()

    @cached_property
    def _function(self) -> Callable[[Any], Any]:
        import tensorflow as tf

        model, samples = self.model, self.preprocessing
        function: Callable[[Any], Any] = tf.function(
            lambda batch: model(batch, training=False),
            input_signature=[tf.TensorSpec((None, *samples.shape), samples.dtype)],
            autograph=False,
        ).get_concrete_function()  # traced once: TensorFlow warns if each fit traces a function
        return function

    def __getstate__(self) -> dict[str, Any]:
        """Return the model as bytes, with the description of its preprocessing."""
        return {name: getattr(self, name) for name in _KEPT}
