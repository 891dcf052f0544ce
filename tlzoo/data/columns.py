"""Columns of samples: facts such as the camera of a picture, by which test results are divided into subgroups."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ChosenColumns", "FolderColumns", "SampleColumns"]


class SampleColumns(Protocol):
    """Columns of N samples, read on demand. They are not inputs of a model, and not part of the fingerprint."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns."""
        ...

    def values(self, name: str, positions: np.ndarray) -> Sequence[str]:
        """Return the values of a column for the samples at these positions, as text; empty for a missing value.

        Raises DataError if the source cannot be read.
        """
        ...


class FolderColumns:
    """The folders of files as columns: ``folder1`` is the first folder of a path, ``folder2`` the one in it.

    >>> columns = FolderColumns(["cat/indoors/1.jpg", "dog/2.jpg"])
    >>> columns.names
    ('folder1', 'folder2')
    >>> import numpy as np
    >>> columns.values("folder2", np.array([0, 1]))
    ['indoors', '']

    Args:
        paths: Path of each file, relative to the source.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._folders = [PurePath(each).parent.parts for each in paths]
        self.names = tuple(f"folder{level}" for level in range(1, max(map(len, self._folders), default=0) + 1))

    @classmethod
    def below_common(cls, paths: Sequence[str | PurePath]) -> FolderColumns:
        """Return the folders below the one that all files have in common.

        >>> FolderColumns.below_common(["scenes/images/day/1.jpg", "scenes/images/night/2.jpg"]).names
        ('folder1',)

        Args:
            paths: Path of each file: all absolute, or all relative.
        """
        folders = [PurePath(each).parent.parts for each in paths]
        same = (len(set(level)) == 1 for level in zip(*folders, strict=False))
        common = sum(1 for _ in takewhile(bool, same))
        return cls([str(PurePath(*PurePath(each).parts[common:])) for each in paths])

    def values(self, name: str, positions: np.ndarray) -> list[str]:
        """Return the names of the folders at a level."""
        level = self.names.index(name)
        own = (self._folders[int(each)] for each in positions)
        return [each[level] if level < len(each) else "" for each in own]


class ChosenColumns:
    """The columns of some samples of another source, in their order; a sample may be there twice.

    Args:
        columns: The columns of all samples.
        positions: Positions of the samples in them, int64 (N,).
    """

    def __init__(self, columns: SampleColumns, positions: np.ndarray) -> None:
        self._columns = columns
        self._positions = positions
        self.names = tuple(columns.names)

    def values(self, name: str, positions: np.ndarray) -> Sequence[str]:
        """Return values of a column for the samples at these positions. Raises DataError as ``columns`` does."""
        return self._columns.values(name, self._positions[positions])
