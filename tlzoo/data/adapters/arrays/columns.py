"""Other arrays of an archive as columns of its samples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from tlzoo.data.adapters.arrays.archive import Archive

__all__ = ["ArrayColumns"]

_KINDS = "biufUS"


@final
class ArrayColumns:
    """One-dimensional arrays of an archive with a value for each sample. They are read on demand.

    An array has the values of all parts, one after the other, or there is one for each part: ``camera_train`` and
    ``camera_test`` are the column ``camera``, as ``x_train`` and ``x_test`` are the inputs.
    """

    def __init__(self, content: Archive, used: Sequence[str], counts: dict[str, int]) -> None:
        """Take the archive, the names of arrays that are not columns, and the number of samples by input array."""
        self._content = content
        self._used = frozenset(used)
        self._counts = counts

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        whole = [name for name in self._content if self._has(name, sum(self._counts.values()))]
        first = next(iter(self._suffixes), "")
        split = [name.removesuffix(first) for name in self._content if first and name.endswith(first)]
        split = [each for each in split if all(self._has(each + end, n) for end, n in self._suffixes.items())]
        return tuple(dict.fromkeys([*whole, *split]))

    def values(self, name: str, positions: np.ndarray) -> list[str]:
        """Return the values as text; NaN is a missing value. Raises DataError for a damaged array."""
        whole = name in self._content and self._has(name, sum(self._counts.values()))
        keys = [name] if whole else [name + end for end in self._suffixes]
        values = np.concatenate([self._content[each] for each in keys])[positions]
        return [_text(each) for each in values]

    @property
    def _suffixes(self) -> dict[str, int]:
        """The number of samples of each part, by the end of its key: ``_train``."""
        return {f"_{key.partition('_')[2]}": count for key, count in self._counts.items() if "_" in key}

    def _has(self, name: str, count: int) -> bool:
        if name in self._used or name not in self._content:
            return False
        described = self._content.described(name)
        return described is not None and described[0] == (count,) and described[1].kind in _KINDS


def _text(value: np.generic) -> str:
    if isinstance(value, np.floating) and np.isnan(value):
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
