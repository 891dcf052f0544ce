"""Importing TensorFlow without the lines that it writes about the machine."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["import_tensorflow"]

_ASKED = "TF_CPP_MIN_LOG_LEVEL"


def import_tensorflow() -> None:
    """Import TensorFlow and look for devices, with stderr held back: it is shown only if this fails.

    TensorFlow's libraries write about processors and missing graphics cards before any setting of theirs is read. Who
    has set ``TF_CPP_MIN_LOG_LEVEL`` wants to see that, and does.
    """
    if _ASKED in os.environ:
        return
    os.environ[_ASKED] = "3"  # what matters of its errors comes as exceptions
    try:
        with _held_back():
            import tensorflow as tf

            tf.config.list_physical_devices()
            tf.constant(0)
    finally:
        del os.environ[_ASKED]  # a child of this process that found it set would take it for the user's


@contextmanager
def _held_back() -> Iterator[None]:
    """Send the process's stderr to a file; on an error write out what was held back."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        except Exception:
            os.dup2(kept, 2)
            file.seek(0)
            sys.stderr.write(file.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
