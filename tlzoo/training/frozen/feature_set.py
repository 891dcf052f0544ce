"""A cached feature set on disk: a folder of ``.npy`` files, and ``about.json`` with their checksums."""

from __future__ import annotations

import hashlib
import json
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NoReturn

import numpy as np

from tlzoo.files.atomic import atomic_folder
from tlzoo.files.hold import hold

__all__ = ["ABOUT", "About", "Batches", "DamagedError", "open_set", "read_about", "write_set"]

ABOUT = "about.json"
_FORMAT = 2

Batches = Iterator[Sequence[np.ndarray]]


class DamagedError(Exception):
    """The folder does not have a complete set of this key."""


@dataclass(frozen=True, slots=True)
class About:
    """Description of a set: key, rows, a checksum for each file, and a text for the user."""

    key: str
    rows: int
    checksums: dict[str, str]
    description: str
    created: str
    format: int = _FORMAT


def write_set(
    folder: Path,
    key: str,
    rows: int,
    shapes: Sequence[tuple[int, ...]],
    dtypes: Sequence[str],
    batches: Batches,
    description: str,
) -> None:
    """Write ``batches`` (one array (batch, *shape) for each of ``shapes``) as a complete set, or nothing.

    Files are written in order and not through a memory map: a full disk raises OSError, but a map would kill the
    process.
    Raises ValueError where the batches are not ``rows`` rows of these shapes.
    """
    with atomic_folder(folder, durable=False) as temporary:
        names = [f"{number}.npy" for number in range(len(shapes))]
        files = [
            _Summed(temporary / name, dtype, (rows, *shape))
            for name, shape, dtype in zip(names, shapes, dtypes, strict=True)
        ]
        try:
            for batch in batches:
                for file, values in zip(files, batch, strict=True):
                    file.append(values)
        finally:
            for file in files:
                file.stream.close()
        if any(file.rows != rows for file in files):
            raise ValueError(f"{[file.rows for file in files]} rows were computed, not {rows}")
        sums = {name: file.sum.hexdigest() for name, file in zip(names, files, strict=True)}
        about = About(key, rows, sums, description, datetime.now(UTC).isoformat(timespec="seconds"))
        (temporary / ABOUT).write_text(json.dumps(asdict(about), indent=1), encoding="utf-8")
        written = {folder / name: (_state(temporary / name), sums[name]) for name in names}
    _verified.update(written)  # files written by this process need no verification


def open_set(
    folder: Path, key: str, rows: int, shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str]
) -> list[np.ndarray] | None:
    """Return read-only maps of a set's arrays, or None if there is none; the set is locked while a map exists.

    At the first use in this process, every byte is read and checksums are compared. Raises DamagedError
    for an incomplete set, or one with another key, rows or shapes.
    """
    held = hold(folder / ABOUT, shared=True)  # None on systems without such locks, where sets are never removed
    try:
        about = read_about(folder)
        paths = [folder / f"{number}.npy" for number in range(len(shapes))]
        if (about.key, about.rows, sorted(about.checksums)) != (key, rows, sorted(path.name for path in paths)):
            _damaged("it has another key")
        _verify(paths, about.checksums)
        maps = [np.load(path, mmap_mode="r", allow_pickle=False) for path in paths]
        expected = [((rows, *shape), np.dtype(dtype)) for shape, dtype in zip(shapes, dtypes, strict=True)]
        if [(each.shape, each.dtype) for each in maps] != expected:
            _damaged("its arrays have other shapes")
        for each in maps:
            own = hold(folder / ABOUT, shared=True)
            if own is not None:
                weakref.finalize(each.base, own.release)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError) as error:
        raise DamagedError(str(error)) from error
    finally:
        if held is not None:
            held.release()
    return maps


def read_about(folder: Path) -> About:
    """Return the description of a set. Raises FileNotFoundError if it does not exist, DamagedError if it is broken."""
    try:
        about = About(**json.loads((folder / ABOUT).read_bytes()))
        well_formed = about.format == _FORMAT and isinstance(about.checksums, dict) and isinstance(about.rows, int)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError) as error:
        raise DamagedError(f"{ABOUT} cannot be read: {error}") from error
    if not well_formed:
        raise DamagedError(f"{ABOUT} has another format")
    return about


class _Summed:
    """A ``.npy`` file that is written row by row, with its checksum."""

    def __init__(self, path: Path, dtype: str, shape: tuple[int, ...]) -> None:
        self.sum = _algorithm()
        self.rows = 0
        self._dtype, self._row = np.dtype(dtype), shape[1:]
        self.stream: BinaryIO = path.open("w+b")
        header = {"descr": np.lib.format.dtype_to_descr(self._dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self.stream, header)
        self.stream.seek(0)
        self.sum.update(self.stream.read())

    def append(self, values: np.ndarray) -> None:
        if values.shape[1:] != self._row:
            raise ValueError(f"rows of shape {values.shape[1:]} were computed, not {self._row}")
        plain = np.ascontiguousarray(values, dtype=self._dtype).tobytes()
        self.stream.write(plain)
        self.sum.update(plain)
        self.rows += len(values)


_verified: dict[Path, tuple[tuple[int, int, int, int], str]] = {}
"""Verified files, identified by inode, size and times of change."""


def _verify(paths: Sequence[Path], checksums: dict[str, str]) -> None:
    for path in paths:
        state = _state(path)
        if _verified.get(path) == (state, checksums[path.name]):
            continue
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, _algorithm).hexdigest()
        if found != checksums[path.name]:
            _damaged(f"the checksum of {path.name} does not match")
        _verified[path] = (state, found)


def _state(path: Path) -> tuple[int, int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _damaged(reason: str) -> NoReturn:
    raise DamagedError(reason)


def _algorithm() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=16)
