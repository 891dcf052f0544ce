"""Contract of the kinds of data objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from tlzoo.data.contract import Samples
    from tlzoo.progress import Progress

__all__ = ["Content", "Kind", "Part", "Reader", "library_of"]

Reader: TypeAlias = "Callable[[Mapping[str, str], Progress], Samples]"
"""Reads samples by the options of a source."""


@dataclass(frozen=True, slots=True)
class Content:
    """Content of a data object.

    Args:
        fingerprint: SHA-256 (hex) of the samples, or of the object that they are read from.
        options: The options that the source string records, such as the columns of a frame.
        bytes: Approximate size in memory.
        read: Reads the samples.
    """

    fingerprint: str
    options: Mapping[str, str]
    bytes: int
    read: Reader


@dataclass(frozen=True, slots=True)
class Part:
    """The inputs, labels and weights of one split, as given. ``y`` is None for inputs without labels."""

    x: Any
    y: Any = None
    weights: Any = None


class Kind(Protocol):
    """A kind of data object, by split: undivided data have one split with an empty name."""

    options: tuple[str, ...]
    """The options that it takes."""

    def recognizes(self, given: Any) -> bool:
        """Return whether an object is of this kind, without importing its library."""
        ...

    def defaults(self, given: Any, known: Mapping[str, str]) -> Mapping[str, str]:
        """Return the options of other data, such as those of a run, that fit this object."""
        ...

    def has_labels(self, given: Any, options: Mapping[str, str]) -> bool:
        """Return whether an object has labels."""
        ...

    def read(self, data: Mapping[str, Any], options: Mapping[str, str], progress: Progress) -> Content:
        """Read the objects of all splits. Raises UsageError or DataError for unusable data."""
        ...


def library_of(given: Any) -> str:
    """Return the name of the library that defines an object's class, without importing it."""
    return type(given).__module__.partition(".")[0]
