"""The input contract of text backbones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from .contract import InputContract

__all__ = ["TextInput"]


@dataclass(frozen=True, slots=True)
class TextInput(InputContract):
    """Input of a text backbone."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}
    KIND: ClassVar = "text"
    MODALITY: ClassVar = "text"
    SOURCE: ClassVar = "table:FILE.csv?text=COLUMN&label=COLUMN"
    TYPES: ClassVar = {"tokenizer": "text", "sequence_length": "integer", "longest": "integer"}

    kind: Literal["text"]
    """Kind of input."""
    tokenizer: str
    """Kind of tokenizer, such as ``wordpiece``; the vocabulary is one of the entry's files."""
    sequence_length: int | None = None
    """Default maximum of tokens, including special tokens; None: texts are not cut."""
    longest: int | None = None
    """Upper limit of tokens; None if there is no limit."""

    def shown(self) -> str:
        """Return ``128 tokens``, or ``texts`` if there is no limit."""
        return f"{self.sequence_length} tokens" if self.sequence_length else "texts"

    def details(self) -> Iterator[str]:
        """Yield the kind of tokenizer."""
        yield self.tokenizer
