"""Readers of MNIST (Keras's archive of arrays) and Fashion-MNIST (four IDX files)."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path

import numpy as np

from tlzoo.data.adapters.keras_datasets.parts import Images, MalformedError, Parts

_DIGITS = tuple("0123456789")
_CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_UNSIGNED_BYTES = b"\x00\x00\x08"


def read_mnist(paths: list[Path], _options: Mapping[str, str]) -> Parts:
    """Read ``mnist.npz``: arrays of bytes, never objects."""
    try:
        with paths[0].open("rb") as file, np.load(file, allow_pickle=False) as archive:
            content = {key: np.asarray(archive[key]) for key in ("x_train", "y_train", "x_test", "y_test")}
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise MalformedError(f"{paths[0]} cannot be read: {error}") from error
    return _parts(_DIGITS, content["x_train"], content["y_train"], content["x_test"], content["y_test"])


def read_fashion_mnist(paths: list[Path], _options: Mapping[str, str]) -> Parts:
    """Read the images and labels for training, then those for testing."""
    return _parts(_CLOTHES, *(_idx(path) for path in paths))


def _parts(classes: tuple[str, ...], train: Images, train_labels: Images, test: Images, test_labels: Images) -> Parts:
    for images, labels in ((train, train_labels), (test, test_labels)):
        if images.dtype != np.uint8 or images.ndim != 3 or labels.shape != images.shape[:1]:  # noqa: PLR2004 - rank
            raise MalformedError(f"images {images.dtype} {images.shape} and labels {labels.shape} do not match")
        if labels.dtype.kind not in "iu" or not len(labels) or not 0 <= labels.min() <= labels.max() < len(classes):
            raise MalformedError(f"labels are not numbers below {len(classes)}")
    train, test = train[..., np.newaxis], test[..., np.newaxis]
    return Parts(classes, (train, train_labels.astype(np.int64)), (test, test_labels.astype(np.int64)))


def _idx(path: Path) -> Images:
    """Read a gzipped IDX file of bytes: the magic number gives the number of big-endian sizes that follow."""
    try:
        with gzip.open(path, "rb") as stream:
            content = stream.read()
    except (OSError, EOFError, zlib.error) as error:
        raise MalformedError(f"{path} is not a gzip file: {error}") from error
    rank = content[3] if content[:3] == _UNSIGNED_BYTES and len(content) > 3 else 0  # noqa: PLR2004 - its fourth byte
    start = 4 + 4 * rank
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4))
    if not rank or len(content) - start != prod(shape):
        raise MalformedError(f"{path} is not an IDX file of bytes, or is truncated")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
