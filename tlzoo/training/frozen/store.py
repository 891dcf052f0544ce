"""Feature store: a cache on disk for outputs of frozen networks."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import math
import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final
from weakref import WeakKeyDictionary

import numpy as np

from tlzoo.files.folders import cache_folder
from tlzoo.files.lock import acquire
from tlzoo.training.frozen.feature_set import ABOUT, Batches, DamagedError, open_set, read_about, write_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    import keras

__all__ = ["Computations", "FeatureStore", "StoreError", "features_folder", "network_digest", "time_computations"]

_LOCK = ".lock"
_PATIENCE = 24 * 3600
"""Longest wait in seconds for another process that computes the same features."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Computations:
    """The time spent on features that were not cached.

    Args:
        seconds: Seconds to compute and write them.
    """

    seconds: float = 0.0


_structures: WeakKeyDictionary[keras.Model, tuple[tuple[bool, ...], bytes]] = WeakKeyDictionary()
_timed: ContextVar[Computations | None] = ContextVar("timed computations", default=None)


@contextmanager
def time_computations() -> Iterator[Computations]:
    """Add up the time that stores spend on features that are not cached yet, within the block.

    >>> with time_computations() as spent:
    ...     pass
    >>> spent.seconds
    0.0
    """
    spent = Computations()
    token = _timed.set(spent)
    try:
        yield spent
    finally:
        _timed.reset(token)


class StoreError(OSError):
    """The feature store cannot be written: no permission or no space. Callers continue without it."""


@final
class FeatureStore:
    """A folder of arrays by key, shared by runs and processes.

    Each set of arrays is a folder of plain ``.npy`` files, opened as read-only memory maps. A set that is damaged,
    truncated or has another key is computed again. Locks that end with their process prevent two processes from
    computing one set at once, and ``tlzoo cache prune`` from removing arrays in use.

    The checksums of a set are compared once per process, at the first opening, which reads all its bytes: about a
    second per gigabyte. A set that this process wrote is not read again. Opening a set updates the time of its
    ``about.json``, as the time of last use.
    """

    def __init__(self, folder: Path | None = None, note: Callable[[str], None] | None = None) -> None:
        """Use a folder, the cache's own by default; ``note`` receives a message if this process waits for another."""
        self._folder = folder or features_folder()
        self._note = note

    def arrays(
        self,
        key: str,
        rows: int,
        shapes: Sequence[tuple[int, ...]],
        dtypes: Sequence[str],
        compute: Callable[[], Batches],
        description: str = "",
    ) -> list[np.ndarray]:
        """Return arrays of (rows, *shape) for a key, from disk or computed.

        ``compute`` yields batches in row order: one array (batch, *shape) for each of ``shapes``. ``description``
        describes them for ``tlzoo cache list``.

        Raises StoreError, an OSError, where the folder has no space for them (told before anything is computed, or when
        others fill the disk meanwhile) or may not be written. Errors of ``compute`` pass through.
        """
        found = self._open(key, rows, shapes, dtypes)
        if found is not None:
            return found
        with self._refusals():
            self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked(key):
            found = self._open(key, rows, shapes, dtypes)
            if found is None:
                self._require_space(rows, shapes, dtypes)
                with self._refusals(), _timing():
                    write_set(self._folder / key, key, rows, shapes, dtypes, _marked(compute()), description)
                found = self._open(key, rows, shapes, dtypes)
        if found is None:
            raise StoreError(errno.EIO, f"the feature store in {self._folder} does not store written data")
        return found

    def holds(self, key: str) -> bool:
        """Return whether there are arrays of this key, without reading them: damage is found at opening."""
        try:
            about = read_about(self._folder / key)
        except (FileNotFoundError, DamagedError):
            return False
        return about.key == key and all((self._folder / key / name).is_file() for name in about.checksums)

    def _open(
        self, key: str, rows: int, shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str]
    ) -> list[np.ndarray] | None:
        try:
            arrays = open_set(self._folder / key, key, rows, shapes, dtypes)
        except DamagedError as error:
            _log.info("features %s are computed again: %s", key, error)
            return None
        if arrays is not None:
            with suppress(OSError):  # another user's store may be readable but not writable
                os.utime(self._folder / key / ABOUT)
        return arrays

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        from filelock import FileLock

        lock = FileLock(self._folder / f"{key}{_LOCK}")
        with self._refusals():
            acquire(lock, "the same features into the cache", seconds=_PATIENCE, note=self._note)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Add the folder to errors of the system; errors of the computation pass through."""
        try:
            yield
        except _ComputationError as error:
            raise error.error from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise StoreError(error.errno, f"the feature store in {self._folder} cannot be written: {reason}") from error

    def _require_space(self, rows: int, shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str]) -> None:
        needed = sum(
            rows * math.prod(shape) * np.dtype(dtype).itemsize for shape, dtype in zip(shapes, dtypes, strict=True)
        )
        free = shutil.disk_usage(self._folder).free
        if needed > free:
            sizes = f"{needed / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free"
            raise StoreError(errno.ENOSPC, f"the feature store in {self._folder} has no space: {sizes}")


def features_folder() -> Path:
    """Return the folder of this user's store, which need not exist."""
    return cache_folder() / "features"


def network_digest(network: keras.Model) -> str:
    """Return the sha256 of a network: its structure and the values of its variables.

    Initializers are skipped: loaders give them the seed of the run, which loaded weights do not depend on.
    """
    digest = hashlib.sha256(_structure(network))
    for variable in network.weights:
        digest.update(variable.path.encode())
        digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return digest.hexdigest()


def _structure(network: keras.Model) -> bytes:
    """Return the structure of a network as JSON; it is kept, because Keras takes long to write it."""
    flags = tuple(layer.trainable for layer in network._flatten_layers())  # the only part that changes
    known = _structures.get(network)
    if known is None or known[0] != flags:
        structure = json.loads(network.to_json(), object_hook=_without_initializers)
        known = _structures[network] = (flags, json.dumps(structure).encode())
    return known[1]


def _without_initializers(config: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if not name.endswith("_initializer")}


@contextmanager
def _timing() -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        if (spent := _timed.get()) is not None:
            spent.seconds += time.perf_counter() - began


class _ComputationError(Exception):
    """Carries an error of ``compute`` past the store's own."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


def _marked(batches: Batches) -> Any:
    try:
        yield from batches
    except OSError as error:
        raise _ComputationError(error) from error
