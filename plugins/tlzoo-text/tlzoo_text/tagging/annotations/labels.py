"""Labels of tagging: a text with the tags of its words, and their positions in a sequence of tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .placement import first_tokens, origins_of

if TYPE_CHECKING:
    from tlzoo.tasks import Labels

__all__ = ["UNPLACED", "PlacedTags", "TaggedText", "label_array"]

UNPLACED = -1
"""The position of a word without a token of its own, and the tag of a position that does not count."""


@dataclass(frozen=True, eq=False, slots=True)
class TaggedText:
    """The tags of the words of a text.

    ``tags``, int16 (words,), are positions among the names of the task. ``words``, int64 (words, 2), are start and end
    of each word in ``text``, in code points. Without a text, ``words`` are positions in a sequence, which has
    ``positions`` of them.
    """

    text: str | None
    words: np.ndarray
    tags: np.ndarray
    positions: int = 0
    _placed: dict[Any, np.ndarray] = field(default_factory=dict, repr=False)

    @classmethod
    def of_positions(cls, tags: np.ndarray) -> TaggedText:
        """Return the label of tags by position, -1 for positions that do not count."""
        (at,) = np.nonzero(tags >= 0)
        return cls(None, np.stack([at, at + 1], axis=1), tags[at].astype(np.int16), len(tags))

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the words' places and tags."""
        return hashlib.sha256(self.words.astype("<i8").tobytes() + self.tags.astype("<i2").tobytes()).digest()

    def renumbered(self, places: np.ndarray) -> TaggedText:
        """Return the label with tag ``i`` renumbered to ``places[i]``."""
        return replace(self, tags=places[self.tags].astype(np.int16))

    def placed(self, origins: Callable[[Any], Any] | None, length: int) -> PlacedTags:
        """Return the label with the position of each word. ``length`` is that of a sequence for labels without text.

        Positions are found once for each tokenizer.
        """
        if self.text is None:
            at = self.words[:, 0]
            return PlacedTags(self, np.where(at < length, at, UNPLACED), length)
        assert origins is not None, "the task refuses backbones without origins"
        if origins not in self._placed:
            places = origins_of(origins, self.text)
            self._placed.clear()
            self._placed[origins] = np.append(first_tokens(places, self.words), len(places)).astype(np.int32)
        found = self._placed[origins]  # the last number is that of all positions
        return PlacedTags(self, found[:-1], int(found[-1]))


@dataclass(frozen=True, eq=False, slots=True)
class PlacedTags:
    """A label with the position of the first token of each word, ``at`` int (words,), -1 for a word without one."""

    label: TaggedText
    at: np.ndarray
    positions: int

    @property
    def targets(self) -> np.ndarray:
        """The tag at each position, int16 (positions,); -1 for positions that do not count."""
        found = np.full(self.positions, UNPLACED, np.int16)
        there = self.at >= 0
        found[self.at[there]] = self.label.tags[there]
        return found

    def answered(self, likely: np.ndarray, outside: int) -> np.ndarray:
        """Return the predicted tag of each word, int64 (words,), by the most likely tag of each position (positions,).

        Words without a token of their own get the tag ``outside``.
        """
        found: np.ndarray = np.where(self.at >= 0, likely[np.maximum(self.at, 0)], outside)
        return found


def label_array(labels: Sequence[TaggedText | PlacedTags]) -> Labels:
    """Return labels as an array of objects (N,)."""
    found = np.empty(len(labels), object)
    found[:] = labels
    return found
