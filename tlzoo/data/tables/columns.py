"""Which columns of a table are read, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlzoo.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPTIONS = ("text", "label", "split")
"""The options of a source that name columns."""

_MOST_TEXTS = 2


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns by what they are for."""

    text: tuple[str, ...]
    label: str
    split: str | None = None

    @property
    def used(self) -> tuple[str, ...]:
        """All of them, each once."""
        named = (*self.text, self.label, *((self.split,) if self.split else ()))
        return tuple(dict.fromkeys(named))


def read_columns(options: Mapping[str, str], header: Sequence[str], source: str) -> Columns:
    """Return the columns that a source's options name. Raises UsageError for one that is missing, or not there."""
    for needed in ("text", "label"):
        if not options.get(needed):
            fix = f"name it, as in '{source}?text=COLUMN&label=COLUMN'; its columns: {', '.join(map(repr, header))}"
            raise UsageError(f"{source}: which column is the {needed}?", fix)
    text = _several(options["text"], header)
    if len(text) > _MOST_TEXTS:
        raise UsageError(f"{source}: {len(text)} text columns", "name one, or two for a pair of texts")
    columns = Columns(text=text, label=options["label"], split=options.get("split"))
    for name in columns.used:
        if name not in header:
            raise UsageError(f"{source} has no column {name!r}", did_you_mean(name, header, valid="its columns"))
    return columns


def _several(value: str, header: Sequence[str]) -> tuple[str, ...]:
    """Take ``a+b`` apart, unless that is a column's own name."""
    return (value,) if value in header else tuple(value.split("+"))
