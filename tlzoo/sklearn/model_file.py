"""A Keras model as the bytes of a ``.keras`` file: what a pickle of an estimator has in its place."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

__all__ = ["model_bytes", "model_of"]

_NAME = "model.keras"


def model_bytes(model: keras.Model) -> bytes:
    """Return architecture and weights, without code."""
    with TemporaryDirectory(prefix="tlzoo-") as folder:
        path = Path(folder, _NAME)
        model.save(path)
        return path.read_bytes()


def model_of(saved: bytes) -> keras.Model:
    """Return the model. Raises BytesRefusedError for a file that would run code."""
    import keras

    import tlzoo.layers  # noqa: F401 - the model may have layers of plugins
    from tlzoo.artifacts.formats.keras_model import check_keras_model

    with TemporaryDirectory(prefix="tlzoo-") as folder:
        path = Path(folder, _NAME)
        path.write_bytes(saved)
        check_keras_model(path, "the pickled model")
        return keras.models.load_model(path, compile=False)
