"""Data in memory as data sources of a recipe, and data given again for an existing run."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tlzoo.errors import RunError, UsageError
from tlzoo.progress import Progress

if TYPE_CHECKING:
    from tlzoo.data import DataLike, InMemory
    from tlzoo.runs.recipe import Recipe

__all__ = ["SOURCES", "as_source", "give_again", "is_data", "own_source", "with_sources"]

SOURCES = ("data", "target", "target_test")
"""Recipe fields that are data sources."""

_SCHEME = "memory:"
_SOURCE = re.compile(r"[a-z][a-z0-9+.-]+:")


def is_data(given: Any) -> bool:
    """Return whether the first argument of a function is data, rather than the path of a recipe."""
    if isinstance(given, str):
        return _SOURCE.match(given) is not None and not os.path.exists(given)  # noqa: PTH110 - False for any text
    return not isinstance(given, os.PathLike)


def as_source(
    data: DataLike,
    progress: Progress | None = None,
    *,
    like: str | None = None,
    labelled: bool = True,
    task: str | None = None,
) -> tuple[str, InMemory | None]:
    """Return the source string of data, and the object that keeps them in memory; None if they are a source already.

    The source string is valid as long as the object exists. Options of the source ``like``, such as columns, are used
    if they apply. If ``labelled`` is false, data may be inputs only. ``task`` is that of pairs of inputs and labels.
    """
    if isinstance(data, str):
        return data, None
    from tlzoo.data import in_memory

    pairs = list(data.values()) if isinstance(data, Mapping) else [data]
    options = {"task": task} if pairs and all(isinstance(each, tuple) for each in pairs) else {}
    held = in_memory(data, like=like, labelled=labelled, progress=progress, **options)
    return held.source, held


def with_sources(
    fields: Mapping[str, Any], progress: Progress | None = None, *, like: Recipe | None = None
) -> tuple[dict[str, Any], list[InMemory | None]]:
    """Return recipe fields with source strings for data in memory, and the objects that keep the data there.

    ``like`` is the recipe of another run: options of its sources are used if they apply.
    """
    found: dict[str, Any] = dict(fields)
    kept: list[InMemory | None] = []
    for name in SOURCES:
        if found.get(name) is not None:
            known = None if like is None else getattr(like, name)
            found[name], held = as_source(found[name], progress, like=known, labelled=name != "target")
            kept.append(held)
    return found, kept


def give_again(recipe: Recipe, given: Mapping[str, Any], progress: Progress | None = None) -> list[InMemory | None]:
    """Read the data in memory of a recipe, given again by field, and return the objects that keep them there.

    Raises UsageError for a field whose data are not in memory, RunError for data with another fingerprint.
    """
    kept: list[InMemory | None] = []
    for name, data in given.items():
        if data is None:
            continue
        known = getattr(recipe, name)
        if known is None or not known.startswith(_SCHEME):
            what = f"the run has no {name}" if known is None else f"the run reads its {name} from {known}"
            raise UsageError(what, f"remove {name}=")
        source, held = as_source(data, progress, like=known, labelled=name != "target")
        if _fingerprint(source) != _fingerprint(known):
            raise RunError(
                f"the {name} given are {source.partition('?')[0]}, but the run started with {known.partition('?')[0]}",
                "give the same samples with the same labels, in the same order, or train again",
            )
        kept.append(held)
    return kept


def own_source(source: str, known: str) -> bool:
    """Return whether a source is the run's own data in memory."""
    return source.startswith(_SCHEME) and _fingerprint(source) == _fingerprint(known)


def _fingerprint(source: str) -> str:
    return source.partition("?")[0]
