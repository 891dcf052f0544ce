"""From a SavedModel's folder to its proto, without running anything of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tlzoo.errors import BytesRefusedError

from .schema import message

__all__ = ["FILE", "OTHER_FORMS", "read_saved_model"]

FILE = "saved_model.pb"
OTHER_FORMS = ("saved_model.pbtxt", "saved_model.cpb")
"""Other forms that TensorFlow takes a SavedModel from, or may take it from."""


def read_saved_model(folder: Path, what: str) -> Any:
    """Return the proto of the SavedModel in a folder: the part of it that ``schema`` declares.

    Raises BytesRefusedError, beginning with ``what``, where it cannot be read, or could be read in two ways.
    """
    for name in OTHER_FORMS:
        if (folder / name).exists():
            raise BytesRefusedError(
                f"{what}: {folder / name} is not read", f"a SavedModel is taken from its {FILE} alone"
            )
    from google.protobuf.message import DecodeError

    try:
        return message("SavedModel").FromString((folder / FILE).read_bytes())
    except DecodeError as error:
        raise BytesRefusedError(f"{what}: {folder / FILE} is no SavedModel: {error}", "replace the file") from error
    except OSError as error:
        raise BytesRefusedError(f"{what}: {folder / FILE} cannot be read: {error.strerror}") from error
