"""What a frozen network computed, kept on disk and never computed twice."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.atomic import atomic_folder
from tlzoo.folders import cache_folder

if TYPE_CHECKING:
    import keras

__all__ = ["FeatureStore", "network_digest"]

_ABOUT = "about.json"

Batches = Iterator[Sequence[np.ndarray]]


class FeatureStore:
    """A folder of arrays addressed by what computed them; shared by runs and processes.

    Each set of arrays is a folder of plain ``.npy`` files, opened as memory maps, with a checksum each. A set that is not
    whole or not what its checksum says is computed anew. A lock that dies with its process keeps two from computing one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or cache_folder() / "features"
        self._checked: set[str] = set()

    def arrays(
        self,
        key: str,
        rows: int,
        shapes: Sequence[tuple[int, ...]],
        dtypes: Sequence[str],
        compute: Callable[[], Batches],
    ) -> list[np.ndarray]:
        """Return arrays of (rows, *shape) for a key, from disk or else computed.

        ``compute`` yields batches in row order: one array (batch, *shape) for each of ``shapes``.
        """
        from filelock import FileLock

        found = self._open(key)
        if found is not None:
            return found
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / f"{key}.lock"):
            found = self._open(key)
            if found is None:
                self._compute(key, rows, shapes, dtypes, compute())
                found = self._open(key)
        if found is None:
            raise OSError(f"the feature store in {self._folder} does not keep what is written to it")
        return found

    def holds(self, key: str) -> bool:
        """Say whether the arrays of this key are there, whole."""
        return self._open(key) is not None

    def _compute(
        self, key: str, rows: int, shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str], batches: Batches
    ) -> None:
        with atomic_folder(self._path(key)) as folder:
            maps = [
                np.lib.format.open_memmap(folder / f"{number}.npy", mode="w+", dtype=dtype, shape=(rows, *shape))
                for number, (shape, dtype) in enumerate(zip(shapes, dtypes, strict=True))
            ]
            done = 0
            for batch in batches:
                for target, values in zip(maps, batch, strict=True):
                    target[done : done + len(values)] = values
                done += len(batch[0])
            for target in maps:
                target.flush()
            sums = {f"{number}.npy": _checksum(folder / f"{number}.npy") for number in range(len(maps))}
            (folder / _ABOUT).write_text(json.dumps({"rows": done, "checksums": sums}))

    def _open(self, key: str) -> list[np.ndarray] | None:
        folder = self._path(key)
        try:
            about = json.loads((folder / _ABOUT).read_text())
            if key not in self._checked:
                if any(_checksum(folder / name) != expected for name, expected in about["checksums"].items()):
                    raise ValueError
                self._checked.add(key)
            return [np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in sorted(about["checksums"])]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError):
            shutil.rmtree(folder, ignore_errors=True)
            return None

    def _path(self, key: str) -> Path:
        return self._folder / key


def network_digest(network: keras.Model) -> str:
    """Return the sha256 of a network: its structure and the values of its variables."""
    digest = hashlib.sha256(network.to_json().encode())
    for variable in network.weights:
        digest.update(variable.path.encode())
        digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return digest.hexdigest()


def _checksum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
