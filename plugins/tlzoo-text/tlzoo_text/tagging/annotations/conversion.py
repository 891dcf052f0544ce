"""Conversion of labels between tagging schemes, by their spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .counts import spans_of, types_of
from .labels import TaggedText, label_array
from .schemes import span_tags, tag_names

if TYPE_CHECKING:
    from tlzoo.tasks import Labels

__all__ = ["in_scheme"]


def in_scheme(labels: Labels, names: tuple[str, ...], *, ends: bool) -> tuple[Labels, tuple[str, ...]]:
    """Return labels (N,) with the tags ``names`` in BIO, or in IOBES with ``ends``, and the names of the new tags."""
    types = types_of(names)
    new = tag_names(types, ends=ends)
    return label_array([_converted(each, names, types, new, ends=ends) for each in labels]), new


def _converted(
    label: TaggedText, names: tuple[str, ...], types: Sequence[str], new: Sequence[str], *, ends: bool
) -> TaggedText:
    found = spans_of(label.tags, names)
    rows = zip(found.begins.tolist(), found.lasts.tolist(), found.types.tolist(), strict=True)
    tags = span_tags(len(label.tags), ((first, last + 1, types[kind]) for first, last, kind in rows), ends=ends)
    return replace(label, tags=np.array([new.index(tag) for tag in tags], np.int16))
