"""Common names of splits in folders, columns and prepared data sets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SPLIT_NAMES = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "validate": "validation",
    "dev": "validation", "devel": "validation", "development": "validation", "eval": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
_SEPARATORS = re.compile(r"[\s_.-]+")
_DIGITS = "0123456789"
_FILLING = frozenset({"set", "split", "data", "dataset", "images"})


def split_of(name: str) -> str | None:
    """Return the split that a name stands for, ``train``, ``validation`` or ``test``; None for any other name.

    Case, an additional word such as ``set`` and a number at the end are ignored.

    >>> split_of("Training_Set"), split_of("VAL"), split_of("train2017"), split_of("cats")
    ('train', 'validation', 'train', None)
    """
    words = [word for word in _SEPARATORS.split(name.casefold().rstrip(_DIGITS)) if word and word not in _FILLING]
    if len(words) != 1:
        return None
    return SPLIT_NAMES.get(words[0], SPLIT_NAMES.get(words[0].removesuffix("set")))


def describe_splits(names: Iterable[str], what: str) -> str | None:
    """Return a note on the splits that were recognized by other names; None if all names are standard.

    ``what`` describes the names: ``folders``.
    """
    read = {name: split for name in names if (split := split_of(name)) is not None and split != name}
    if not read:
        return None
    return f"{what} read as splits: " + ", ".join(f"{name} as {split}" for name, split in read.items())
