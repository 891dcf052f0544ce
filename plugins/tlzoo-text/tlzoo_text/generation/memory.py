"""Prompts and completions in memory: their source string, and the pairs that this process keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tlzoo.errors import DataError, UsageError

__all__ = ["MEMORY", "HeldPairs", "held", "prompts_in_memory"]

MEMORY = "memory"
"""Location prefix of pairs in memory: ``prompts:memory:HASH``."""
_DIGITS = 16
_PAIR = 2


@dataclass(frozen=True, slots=True)
class HeldPairs:
    """Prompts with completions, and their splits if these are given."""

    prompts: tuple[str, ...]
    completions: tuple[str, ...]
    splits: tuple[str, ...] | None


_known: dict[str, HeldPairs] = {}


def prompts_in_memory(
    data: Any, *, prompt: str = "prompt", completion: str = "completion", split: str | None = None
) -> str:
    """Return the source string of pairs in memory, for ``tlzoo.train(data=…)``.

    Another process, such as one that resumes a run, calls it again with the same pairs.

    >>> from tlzoo_text.generation import prompts_in_memory
    >>> prompts_in_memory([("2 + 2 =", " 4"), ("3 + 2 =", " 5"), ("4 + 2 =", " 6")])
    'prompts:memory:c96be7cd56af4fa1'

    Args:
        data: A list of pairs, a frame of pandas or polars, or a mapping of columns.
        prompt: Column of the prompts.
        completion: Column of the completions.
        split: Column with ``train``, ``validation`` or ``test``; None: the splits are drawn.

    Returns:
        The source string.

    Raises:
        UsageError: For data of another form, or a missing column.
        DataError: For a value that is not a text.
    """
    if isinstance(data, list | tuple):
        if any(not isinstance(each, list | tuple) or len(each) != _PAIR for each in data):
            raise UsageError("data must be pairs of prompt and completion", "give [(prompt, completion), …]")
        columns: dict[str, Iterable[Any]] = {prompt: [a for a, _ in data], completion: [b for _, b in data]}
    else:
        names = list(data) if isinstance(data, Mapping) else [str(each) for each in getattr(data, "columns", ())]
        wanted = [prompt, completion, *([] if split is None else [split])]
        if missing := [name for name in wanted if name not in names]:
            known = ", ".join(map(repr, names)) or "none"
            raise UsageError(
                f"data have no column {missing[0]!r}", f"name it, as in prompt='question'; columns: {known}"
            )
        columns = {name: list(data[name]) for name in wanted}
    kept = HeldPairs(
        _texts(columns[prompt], prompt),
        _texts(columns[completion], completion),
        None if split is None else _texts(columns[split], split),
    )
    key = hashlib.sha256(repr((kept.prompts, kept.completions, kept.splits)).encode()).hexdigest()[:_DIGITS]
    _known[key] = kept
    return f"prompts:{MEMORY}:{key}" + ("" if split is None else f"?split={quote(split, safe='')}")


def held(location: str) -> HeldPairs:
    """Return the pairs of ``memory:HASH``. Raises DataError if this process does not have them."""
    kept = _known.get(location.partition(":")[2])
    if kept is None:
        raise DataError(
            f"prompts:{location} is not in the memory of this process", "call prompts_in_memory with the same pairs"
        )
    return kept


def _texts(values: Iterable[Any], column: str) -> tuple[str, ...]:
    found = tuple(values)
    for row, each in enumerate(found):
        if not isinstance(each, str):
            raise DataError(f"row {row + 1} of {column!r} is not a text: {each!r:.60}", "give strings")
    return found
