"""Inspection of texts."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tlzoo.data.inspection.facts import InputFacts, Lengths, Size, lengths_of

if TYPE_CHECKING:
    from tlzoo.data.contract import Examples

__all__ = ["TextFacts", "text_facts"]

_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class TextFacts(InputFacts):
    """Lengths in characters and words, in total for a pair, and the number of blank texts."""

    key: ClassVar = "texts"

    parts: int
    characters: Lengths
    words: Lengths
    blank: int

    def lines(self) -> Iterator[str]:
        """Yield the lengths."""
        yield f"characters: {self.characters.words()}"
        yield f"words: {self.words.words()}" + (f"; {self.blank} blank" if self.blank else "")

    def sizes(self) -> Iterator[Size]:
        """Yield the lengths."""
        yield self.characters.size("Characters")
        yield self.words.size("Words")

    @property
    def histogram(self) -> tuple[str, Lengths]:
        """The lengths in words."""
        return "Words", self.words


def text_facts(examples: Examples, advance: Callable[[int], None]) -> TextFacts | None:
    """Return the facts of texts, each read once; None without texts, or for examples of other classes."""
    from tlzoo.modalities.text.texts import Texts

    if not isinstance(examples, Texts) or not len(examples):
        return None
    characters, words = array("q"), array("q")
    for index in range(len(examples)):
        parts = examples.text(index)
        characters.append(sum(map(len, parts)))
        words.append(sum(len(part.split()) for part in parts))
        if (index + 1) % _AT_ONCE == 0:
            advance(_AT_ONCE)
    advance(len(examples) % _AT_ONCE)
    blank = sum(count == 0 for count in words)
    return TextFacts(examples.parts, lengths_of(characters), lengths_of(words), blank)
