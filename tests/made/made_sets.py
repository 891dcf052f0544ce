"""Files of the sets of Keras as their publishers made them, with contents and so hashes of the tests' own."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import struct
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tlzoo.data.adapters.keras_datasets.catalog import KNOWN

__all__ = ["archive", "place", "python2_pickle"]


def place(patch: pytest.MonkeyPatch, home: Path, name: str, *contents: bytes) -> None:
    """Put files where Keras keeps those of a set, and let their hashes be the published ones."""
    patch.setenv("KERAS_HOME", str(home))
    known, files = KNOWN[name], {}
    for (kept, file), content in zip(known.files.items(), contents, strict=True):
        path = home / "datasets" / kept
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        files[kept] = dataclasses.replace(file, hash=f"sha256:{hashlib.sha256(content).hexdigest()}")
    patch.setitem(KNOWN, name, dataclasses.replace(known, files=files))


def archive(folder: str, files: Mapping[str, Any]) -> bytes:
    """Return a gzipped archive: bytes as they are, else a pickle of Python 2."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as made:
        for name, value in files.items():
            content = value if isinstance(value, bytes) else python2_pickle(value)
            about = tarfile.TarInfo(f"{folder}/{name}")
            about.size = len(content)
            made.addfile(about, io.BytesIO(content))
    return stream.getvalue()


def python2_pickle(value: Any) -> bytes:
    """Return what Python 2 wrote by protocol 2: CIFAR's batches are such, and Python 3 writes bytes otherwise."""
    return b"\x80\x02" + _written(value) + b"."


def _written(value: Any) -> bytes:
    match value:
        case bytes():
            return b"T" + struct.pack("<i", len(value)) + value
        case int():
            return b"J" + struct.pack("<i", value)
        case list():
            return b"](" + b"".join(map(_written, value)) + b"e"
        case tuple():
            return b"(" + b"".join(map(_written, value)) + b"t"
        case dict():
            return b"}(" + b"".join(_written(part) for item in value.items() for part in item) + b"u"
        case np.ndarray():
            return _array(value)
    raise TypeError(type(value))


def _array(value: np.ndarray) -> bytes:
    """Return what ``ndarray.__reduce__`` gave: an empty array, then its state."""
    kind = value.dtype.str[1:].encode()
    dtype = b"cnumpy\ndtype\n" + _written((kind, 0, 1)) + b"R"
    dtype += b"(" + _written(3) + _written(b"|") + b"NNN" + _written(-1) + _written(-1) + _written(0) + b"tb"
    empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n" + _written((0,)) + _written(b"b") + b"tR"
    content = value.tobytes("F" if np.isfortran(value) else "C")
    state = _written(1) + _written(value.shape) + dtype + _written(bool(np.isfortran(value))) + _written(content)
    return empty + b"(" + state + b"tb"
