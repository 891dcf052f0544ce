"""Read ``saved_model.pb`` into a message, strictly and without running it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from tlzoo.errors import BytesRefusedError

from .schema import message

__all__ = ["FILE", "OTHER_FORMS", "open_regular", "parse", "parse_saved_model", "read_bytes", "read_saved_model"]

FILE = "saved_model.pb"
OTHER_FORMS = ("saved_model.pbtxt", "saved_model.cpb")
"""Other forms from which TensorFlow may load a SavedModel."""
_ASSETS = "saved_model_assets"
"""The collection with the assets of the first format."""


def read_saved_model(folder: Path, what: str) -> Any:
    """Return the ``SavedModel`` message of a folder. Raises BytesRefusedError; messages start with ``what``."""
    return parse_saved_model(read_bytes(folder, what), f"{what}: {folder / FILE}")


def read_bytes(folder: Path, what: str) -> bytes:
    """Return the bytes of ``saved_model.pb``, read once from a regular file without links."""
    for name in OTHER_FORMS:
        if os.path.lexists(folder / name):
            raise BytesRefusedError(f"{what}: {folder / name} is not supported", f"a SavedModel must be in {FILE}")
    try:
        with os.fdopen(open_regular(folder / FILE), "rb") as stream:
            return stream.read()
    except OSError as error:
        raise BytesRefusedError(f"{what}: {folder / FILE} cannot be read: {error.strerror}") from error


def open_regular(path: Path) -> int:
    """Open a file for reading and return its descriptor. Raises OSError for a link, a folder, a device or a pipe."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is not a regular file")
    return descriptor


def parse_saved_model(data: bytes, where: str) -> Any:
    """Return a ``SavedModel`` message, with assets of the first format moved to the current field."""
    found = parse(data, where)
    for meta in found.meta_graphs:
        old = meta.collection_def[_ASSETS].any_list.value if _ASSETS in meta.collection_def else ()
        if not meta.asset_file_def and not meta.HasField("object_graph_def"):
            meta.asset_file_def.extend(parse(each.value, f"{where}: an asset", "AssetFileDef") for each in old)
    return found


def parse(data: bytes, where: str, name: str = "SavedModel") -> Any:
    """Return a message with only declared fields and a single value for each.

    Undeclared fields, overwritten values and a second kind in a oneof are missing in the serialized message. So the
    file must have the same length.
    """
    from google.protobuf.message import DecodeError

    try:
        found = message(name).FromString(data)
    except DecodeError as error:
        raise BytesRefusedError(f"{where} is not a {name}: {error}", "replace the file") from error
    found.DiscardUnknownFields()
    if found.ByteSize() != len(data):
        raise BytesRefusedError(f"{where} has unknown fields, or several values for one field", "replace the file")
    return found
