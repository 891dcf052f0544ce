"""Checks of the tags of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import DataError

from .schemes import OUTSIDE, is_tag, type_of

if TYPE_CHECKING:
    from tlzoo.tasks import Labels, Positions

    from .labels import TaggedText

__all__ = ["check_names", "check_types", "types_in"]


def check_names(names: Sequence[str], where: str) -> None:
    """Raise DataError unless ``names`` are different tags of BIO or IOBES, with ``O``."""
    if OUTSIDE not in names:
        raise DataError(f"{where}: the tags have no {OUTSIDE!r}", "add it: the tag of words outside spans")
    for name in names:
        if not is_tag(name, "BIES"):
            fix = "use O, or one of B, I, E, S with '-' and a type, as in B-PER"
            raise DataError(f"{where}: the name {name!r:.40} is not a tag of bio or iobes", fix)
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{where}: two tags have the name {twice!r:.40}", "give each tag once")


def check_types(
    labels: Labels, tags: Sequence[str], splits: Mapping[str, Positions], name: Callable[[int], str]
) -> None:
    """Raise DataError for a type of validation or test texts that no training text has.

    Args:
        labels: ``TaggedText`` values (N,).
        tags: The names of their tags.
        splits: Positions by split; without ``train``, nothing is checked.
        name: Returns the name of a text.
    """
    if "train" not in splits:
        return
    known = set().union(*(types_in(labels[row], tags) for row in splits["train"].tolist()))
    for split, rows in splits.items():
        for row in rows.tolist():
            if unknown := sorted(types_in(labels[row], tags) - known):
                what = f"{name(row)}: the type {unknown[0]!r} of the {split} split is not in the training split"
                raise DataError(what, "correct it, or add training texts with it")


def types_in(label: TaggedText, tags: Sequence[str]) -> set[str]:
    """Return the types of spans in a text."""
    return {type_of(tags[tag]) for tag in np.unique(label.tags)} - {""}
