"""Load a SavedModel that was inspected first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tlzoo.errors import EntryError

from .checking import check_saved_model
from .uses import text_operations

__all__ = ["load_inspected"]


def load_inspected(folder: Path, *, what: str) -> Any:
    """Inspect the SavedModel in a folder, load it with TensorFlow, and return the loaded object.

    Args:
        folder: The folder with ``saved_model.pb``.
        what: The beginning of every message: an entry's id, or a run, then ``: `` and a name.

    Raises:
        BytesRefusedError: It is not a SavedModel, or uses operations that are refused.
        EntryError: It needs operations of tensorflow-text, which is not installed.
    """
    check_saved_model(folder, what)
    import tensorflow as tf

    needed = text_operations(folder, what)
    if needed:
        try:
            import tensorflow_text  # noqa: F401 - registers its operations
        except ImportError as error:
            raise EntryError(
                f"{what}: it uses {', '.join(needed[:3])} of tensorflow-text, which is not installed",
                "pip install 'tlzoo[text-ops]'",
            ) from error
    return tf.saved_model.load(str(folder))
