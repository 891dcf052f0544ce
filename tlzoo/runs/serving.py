"""Loading what a run serves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tlzoo.errors import RunError

__all__ = ["load_serving"]


def load_serving(path: Path) -> Any:
    """Return a run's SavedModel; take in tensorflow-text where it needs operations of that, as SentencePiece does.

    Raises RunError where tensorflow-text is needed and not installed.
    """
    import tensorflow as tf

    try:
        return tf.saved_model.load(str(path))
    except (RuntimeError, tf.errors.NotFoundError) as error:
        if "Op type not registered" not in str(error):
            raise
        try:
            import tensorflow_text  # noqa: F401 - registers its operations
        except ImportError:
            raise RunError(f"{path} needs operations of tensorflow-text", "pip install tensorflow-text") from error
    return tf.saved_model.load(str(path))
