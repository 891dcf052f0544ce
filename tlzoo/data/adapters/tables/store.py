"""Store of byte strings, read on demand: first in memory, then in a temporary file of the process."""

from __future__ import annotations

import mmap
import tempfile
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, final

from tlzoo.files.folders import cache_folder

if TYPE_CHECKING:
    from typing import IO

_IN_MEMORY = 2**26
_AT_ONCE = 2**20


@final
class StringStore:
    """Strings by position, in the order of addition. Written once, then read from any thread.

    More than 64 MiB go to a file without a name, in the cache folder or else in the system's temporary folder:
    the file vanishes with the process, also after a crash.
    """

    def __init__(self) -> None:
        self._ends = array("q", [0])
        self._waiting = bytearray()
        self._file: IO[bytes] | None = None
        self._content: mmap.mmap | bytes | None = None

    def __len__(self) -> int:
        """Return the number of strings."""
        return len(self._ends) - 1

    def append(self, value: bytes) -> None:
        """Append a string. Raises OSError if the disk is full."""
        self._waiting += value
        self._ends.append(self._ends[-1] + len(value))
        if len(self._waiting) >= (_IN_MEMORY if self._file is None else _AT_ONCE):
            self._spill()

    def close(self) -> None:
        """Finish writing."""
        if self._file is None:
            self._content = bytes(self._waiting)
        else:
            self._spill()
            self._file.flush()
            self._content = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            self._file.close()  # the map stays valid
        self._waiting = bytearray()

    def __getitem__(self, position: int) -> bytes:
        """Return the string at a position of a closed store."""
        assert self._content is not None
        return bytes(self._content[self._ends[position] : self._ends[position + 1]])

    def _spill(self) -> None:
        if self._file is None:
            self._file = _nameless_file()
        self._file.write(self._waiting)
        self._waiting = bytearray()


def _nameless_file() -> IO[bytes]:
    folder: Path | None = cache_folder() / "tables"
    try:
        assert folder is not None
        folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=folder)
    except OSError:
        return tempfile.TemporaryFile()
