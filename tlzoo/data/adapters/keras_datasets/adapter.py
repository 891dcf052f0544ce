"""The adapter of ``keras:cifar10``: files are found, then checked against their hashes, then read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tlzoo.artifacts import resolve_file, verify
from tlzoo.data.adapters.class_options import CLASS_OPTIONS, with_class_options
from tlzoo.data.adapters.keras_datasets.catalog import KNOWN, NOT_READ
from tlzoo.data.adapters.keras_datasets.parts import MalformedError
from tlzoo.data.contract import Samples
from tlzoo.data.source import refuse_unknown_options
from tlzoo.errors import DataError, EntryError, FetchError, UsageError, did_you_mean
from tlzoo.files.folders import expanded
from tlzoo.modalities.vision.pictures import ArrayPictures
from tlzoo.progress import Progress
from tlzoo.registry import File
from tlzoo.tasks import Classification


def keras_sets(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:  # noqa: ARG001 - seconds at most
    """Open a data set of ``keras.datasets``: ``cifar10``, ``cifar100``, ``mnist`` or ``fashion_mnist``.

    Files that Keras has downloaded to ``~/.keras/datasets`` (or ``KERAS_HOME``) are used; missing files
    are downloaded to tlzoo's cache. Training and test split are those of the data set. CIFAR-100 has 100 classes,
    or 20 with ``?labels=coarse``. ``task=KIND`` and ``classes=A,B,C`` are the same as for ``images:``. No Python code
    in a file is executed: only bytes, numbers and arrays of bytes are read from CIFAR's pickles.

    Raises:
        UsageError: For an unknown data set or option.
        FetchError: If a file cannot be downloaded.
        DataError: If a file is malformed.
        BytesRefusedError: If a file does not have the published hash.
    """
    if location in NOT_READ:
        what, instead = NOT_READ[location]
        raise UsageError(f"keras:{location} cannot be read: {what}", instead)
    if location not in KNOWN:
        raise UsageError(f"no data set {location!r} in 'keras:'", did_you_mean(location, KNOWN, valid="data sets"))
    known = KNOWN[location]
    refuse_unknown_options("keras", options, (*known.options, *CLASS_OPTIONS))
    paths = [_checked(f"keras:{location}", kept, file) for kept, file in known.files.items()]
    try:
        classes, (train, train_labels), (test, test_labels) = known.read(paths, options)
    except MalformedError as error:
        raise DataError(f"keras:{location}: {error}", "download the file again") from error
    examples = ArrayPictures(location, np.concatenate([train, test]))
    edges = np.cumsum([0, len(train), len(test)])
    samples = Samples(
        source=f"keras:{location}"
        + ("?" + "&".join(f"{name}={value}" for name, value in options.items()) if options else ""),
        task=Classification(classes),
        examples=examples,
        labels=np.concatenate([train_labels, test_labels]),
        digests=examples.digests(),
        given={name: np.arange(*edges[at : at + 2], dtype=np.int64) for at, name in enumerate(("train", "test"))},
    )
    return with_class_options(samples, options)


def _checked(what: str, kept: str, file: File) -> Path:
    """Return the path of a file with a correct hash, in Keras's cache or in tlzoo's; download it if necessary."""
    places = [_keras_folder() / kept, _keras_folder() / file.source.rpartition("/")[2]]
    path = next((place for place in places if place.is_file()), None)
    if path is not None:
        assert file.hash is not None
        verify(path, file.hash, what)
        return path
    try:
        return resolve_file(what, file)
    except EntryError as error:
        raise FetchError(error.what, f"{error.fix}, or put it into Keras's cache at {places[0]}") from error


def _keras_folder() -> Path:
    """Return Keras's folder of data sets, without importing Keras."""
    home = os.environ.get("KERAS_HOME") or "~/.keras"
    return expanded(home) / "datasets"
