"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009): archives of dictionaries that Python 2 pickled.

A pickle is a program. Here it may call two names of NumPy, which are replaced by classes that only hold bytes:
no code of the file is executed.
"""

from __future__ import annotations

import io
import pickle
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

import numpy as np

from tlzoo.data.adapters.keras_datasets.parts import Images, MalformedError, Parts
from tlzoo.data.contract import Array
from tlzoo.errors import UsageError, did_you_mean

_SIDE, _CHANNELS = 32, 3
_LABELS = ("fine", "coarse")


def read_cifar10(paths: list[Path], _options: Mapping[str, str]) -> Parts:
    """Read ``cifar-10-python.tar.gz``: five batches for training, one for testing."""
    batches = [f"data_batch_{number}" for number in range(1, 6)]
    content = _unpacked(paths[0], "cifar-10-batches-py", (*batches, "test_batch", "batches.meta"))
    classes = _names(content["batches.meta"], "label_names")
    read = [_pictures(content[name], name, "labels", len(classes)) for name in (*batches, "test_batch")]
    train = tuple(np.concatenate(part) for part in zip(*read[:-1], strict=True))
    return Parts(classes, (train[0], train[1]), read[-1])


def read_cifar100(paths: list[Path], options: Mapping[str, str]) -> Parts:
    """Read ``cifar-100-python.tar.gz`` with its ``fine`` labels, or the ``coarse`` ones if ``labels`` says so."""
    kind = options.get("labels", "fine")
    if kind not in _LABELS:
        raise UsageError(f"keras:cifar100 has no labels {kind!r}", did_you_mean(kind, _LABELS))
    content = _unpacked(paths[0], "cifar-100-python", ("train", "test", "meta"))
    classes = _names(content["meta"], f"{kind}_label_names")
    train, test = (_pictures(content[name], name, f"{kind}_labels", len(classes)) for name in ("train", "test"))
    return Parts(classes, train, test)


def _unpacked(path: Path, folder: str, names: tuple[str, ...]) -> dict[str, dict[Any, Any]]:
    """Return the content of an archive's files, without writing to disk."""
    content = {}
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                name = member.name.removeprefix(f"{folder}/")
                stream = archive.extractfile(member) if member.isfile() and name in names else None
                if stream is not None:
                    content[name] = _unpickled(stream.read(), name)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise MalformedError(f"{path} is not an archive: {error}") from error
    if absent := set(names) - content.keys():
        raise MalformedError(f"{path} lacks {', '.join(sorted(absent))}")
    return content


def _pictures(batch: Mapping[Any, Any], name: str, key: str, classes: int) -> tuple[Images, Array]:
    """Return images (N, 32, 32, 3), stored plane by plane, and labels (N,)."""
    data, labels = batch.get(b"data"), batch.get(key.encode())
    if not (isinstance(data, _Bytes) and isinstance(labels, list) and all(type(each) is int for each in labels)):
        raise MalformedError(f"{name} has no array of bytes under 'data', or no numbers under {key!r}")
    if len(labels) * _SIDE * _SIDE * _CHANNELS != len(data.content) or not all(0 <= each < classes for each in labels):
        raise MalformedError(f"{name} has {len(labels)} labels for {len(data.content):,} bytes of images")
    planes = data.array().reshape(-1, _CHANNELS, _SIDE, _SIDE)
    return planes.transpose(0, 2, 3, 1), np.asarray(labels, np.int64)


def _names(meta: Mapping[Any, Any], key: str) -> tuple[str, ...]:
    names = meta.get(key.encode())
    if not (isinstance(names, list) and names and all(isinstance(name, bytes) for name in names)):
        raise MalformedError(f"class names are not under {key!r}")
    return tuple(name.decode("utf-8", "replace") for name in names)


def _unpickled(content: bytes, name: str) -> dict[Any, Any]:
    try:
        found = _Reader(io.BytesIO(content), encoding="bytes").load()
    except MalformedError as error:
        raise MalformedError(f"{name} {error}") from error
    except Exception as error:  # a malformed pickle raises anything
        raise MalformedError(f"{name} is not a CIFAR pickle: {error}") from error
    if not isinstance(found, dict):
        raise MalformedError(f"{name} is not a dictionary")
    return found


@final
class _Reader(pickle.Unpickler):
    """Unpickler that knows only the names with which Python 2 stored arrays of bytes."""

    def find_class(self, module: str, name: str) -> Any:
        allowed = {
            ("numpy.core.multiarray", "_reconstruct"): lambda *_: _Bytes(),
            ("numpy", "ndarray"): None,  # only ever an argument of the above
            ("numpy", "dtype"): lambda kind, *_: _Dtype(kind),
        }
        if (module, name) not in allowed:
            raise MalformedError(f"refers to {module}.{name}, which is not data")
        return allowed[module, name]


@final
class _Dtype:
    """Stands for ``numpy.dtype``."""

    def __init__(self, kind: object) -> None:
        self.kind = kind

    def __setstate__(self, _state: object) -> None:
        """Byte order and the like: a byte has none."""


@final
class _Bytes:
    """Stands for an array of bytes."""

    content = b""
    shape: tuple[int, ...] = (0,)
    fortran = False

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Take what NumPy stores: version, shape, dtype, whether in Fortran's order, and the bytes."""
        _, shape, dtype, fortran, content = state
        if not (isinstance(dtype, _Dtype) and dtype.kind in {b"u1", "u1"} and isinstance(content, bytes)):
            raise MalformedError("has an array that is not of bytes")
        self.shape, self.fortran, self.content = tuple(shape), bool(fortran), content

    def array(self) -> Images:
        """Return the bytes in their shape."""
        try:
            return np.frombuffer(self.content, np.uint8).reshape(self.shape, order="F" if self.fortran else "C")
        except (ValueError, TypeError) as error:
            raise MalformedError(f"has an array of shape {self.shape} in {len(self.content):,} bytes") from error
