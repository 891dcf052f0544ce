"""NumPy archives (``.npz``): the header of an array is checked before memory is allocated for it."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, final

import numpy as np

from tlzoo.errors import DataError

_SUFFIX = ".npy"
_MOST_DEFLATED = 1032
"""Largest compression ratio of deflate."""

_FIX = "save plain arrays with np.savez(file, x=…, y=…)"


@final
class Archive(Mapping[str, np.ndarray[Any, Any]]):
    """The arrays of an archive by name, each read on first use. Python objects (pickles) are never loaded."""

    def __init__(self, path: Path) -> None:
        """Read the names. Raises DataError if the file does not exist or is not an archive of arrays."""
        self._path = path
        if not path.is_file():
            raise DataError(f"file {str(path)!r} does not exist", "name an .npz file, as in 'arrays:digits.npz'")
        try:
            with path.open("rb") as stream:
                if stream.read(6) == np.lib.format.MAGIC_PREFIX:
                    raise DataError(
                        f"{path} has a single array, without labels",
                        "save images and labels with np.savez(file, x=…, y=…)",
                    )
            with zipfile.ZipFile(path) as archive:
                inside = archive.namelist()
        except (OSError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
            raise self._unreadable(error) from error
        self._members = {name.removesuffix(_SUFFIX): name for name in inside if name.endswith(_SUFFIX)}
        self._read = cache(self._load)

    def __getitem__(self, name: str) -> np.ndarray[Any, Any]:
        """Return an array. Raises DataError if it is broken, encrypted, of objects, or too large for memory."""
        return self._read(self._members[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def described(self, name: str) -> tuple[tuple[int, ...], np.dtype[Any]] | None:
        """Return shape and type of an array from its header; None if the header cannot be read."""
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open(self._members[name]) as stream:
                shape, dtype, _ = _header(stream)
        except Exception:  # noqa: BLE001 - headers go through Python's tokenizer
            return None
        return shape, dtype

    def _load(self, member: str) -> np.ndarray[Any, Any]:
        try:
            with zipfile.ZipFile(self._path) as archive:
                with archive.open(member) as stream:
                    claimed, header = _claimed(stream)
                _check_size(archive.getinfo(member), claimed, header)
                with archive.open(member) as stream:
                    loaded: np.ndarray[Any, Any] = np.lib.format.read_array(stream, allow_pickle=False)
                    return loaded
        except MemoryError as error:
            raise DataError(
                f"{self._path}: the array {member!r} does not fit in memory", "give fewer images"
            ) from error
        except Exception as error:  # headers go through Python's tokenizer, data through zip and zlib
            raise self._unreadable(error, member) from error

    def _unreadable(self, error: Exception, member: str = "") -> DataError:
        reason = str(error).partition("\n")[0] or type(error).__name__
        if "pickle" in reason.lower() or "object arrays" in reason.lower():
            reason = "it contains Python objects"
        where = f" (array {member.removesuffix(_SUFFIX)!r})" if member else ""
        return DataError(f"{self._path} cannot be read as .npz{where}: {reason}", _FIX)


def _check_size(about: zipfile.ZipInfo, claimed: int, header: int) -> None:
    """Raise ValueError if an array's header declares more data than the archive can have."""
    if claimed + header != about.file_size or claimed > _MOST_DEFLATED * about.compress_size:
        there = min(about.file_size, _MOST_DEFLATED * about.compress_size)
        raise ValueError(f"its header declares {claimed:,} bytes, but the file has at most {there:,}")


def _claimed(stream: Any) -> tuple[int, int]:
    """Return the declared number of data bytes of an array, and the size of its header in bytes.

    Raises ValueError as ``_header`` does.
    """
    shape, dtype, size = _header(stream)
    return math.prod(shape) * dtype.itemsize, size


def _header(stream: Any) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Return shape and type of an array, and the size of its header in bytes.

    Raises:
        ValueError: For a header that is broken or of Python objects.
    """
    version = np.lib.format.read_magic(stream)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"its format is {version[0]}.{version[1]}, not 1.0 or 2.0")
    shape, _, dtype = readers[version](stream)
    if dtype.hasobject:
        raise ValueError("it contains Python objects")
    return tuple(map(int, shape)), dtype, int(stream.tell())
