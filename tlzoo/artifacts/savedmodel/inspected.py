"""Loading a SavedModel, once it has been inspected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .checking import check_saved_model

__all__ = ["load_inspected"]


def load_inspected(folder: Path, *, what: str) -> Any:
    """Return what ``tf.saved_model.load`` makes of a folder, once ``check_saved_model`` has read its operations.

    ``what`` names the SavedModel in messages, as ``ENTRY: FILE`` or ``RUN: serving``; what stands before the colon is
    the name that ``--trust`` takes. Raises BytesRefusedError for a SavedModel that is refused.
    """
    import tensorflow as tf

    check_saved_model(folder, what)
    return tf.saved_model.load(str(folder))
