"""Texts in memory as data: strings, and pairs of strings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data.inputs import Inputs
from tlzoo.data.missing import is_missing
from tlzoo.errors import DataError
from tlzoo.modalities.text.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["read_texts"]

_PAIR = 2


def read_texts(parts: Sequence[Any], where: str, *, named: bool) -> Inputs | None:
    """Return texts in memory, all parts one after the other; None for other inputs.

    Strings are paths if all name files, unless the user ``named`` the modality. Raises DataError for texts that are
    missing or blank, and for inputs that are only partly texts.
    """
    if any(isinstance(part, np.ndarray) for part in parts):
        return None
    values: list[Any] = [each for part in parts for each in part]
    is_text = [_is_text(each) or is_missing(each) for each in values]
    if not any(map(_is_text, values)) or (not named and _are_files(values)):
        return None
    if not all(is_text):
        at = is_text.index(False)
        raise DataError(
            f"{where}: some inputs are texts, but {where}[{at}] is {type(values[at]).__name__}: {values[at]!r:.40}",
            "pass strings, or pairs of strings",
        )
    if missing := [at for at, each in enumerate(values) if _is_blank(each)]:
        fix = "remove those samples"
        first = f"the first: {where}[{missing[0]}]"
        raise DataError(f"{where}: {len(missing)} of {len(values)} texts are missing or blank, {first}", fix)
    count = 1 if isinstance(values[0], str) else _PAIR
    if odd := [at for at, each in enumerate(values) if (1 if isinstance(each, str) else _PAIR) != count]:
        first, other = ("texts", "a pair") if count == 1 else ("pairs of texts", "a text")
        raise DataError(f"{where}: some inputs are {first}, but {where}[{odd[0]}] is {other}", "use one kind of input")

    def read(index: int) -> tuple[bytes, ...]:
        value = values[index]
        return (_encoded(value),) if isinstance(value, str) else tuple(map(_encoded, value))

    texts = Texts(len(values), read, lambda index: f"{where}[{index}]", count)
    return Inputs(texts, texts.digests(), np.arange(len(values), dtype=np.int64))


def _is_text(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return len(value) == _PAIR and all(isinstance(each, str) for each in value)
    return isinstance(value, str)


def _is_blank(value: Any) -> bool:
    return is_missing(value) or (not isinstance(value, str) and all(map(is_missing, value)))


def _are_files(values: Sequence[Any]) -> bool:
    return all(isinstance(each, str) and os.path.isfile(each) for each in values)  # noqa: PTH113 - False for any text


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
