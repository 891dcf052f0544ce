"""Samples of tagged texts, and options of their sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from tlzoo.data import Samples, SetAside, Texts, refuse_unknown_options
from tlzoo.errors import DataError, UsageError
from tlzoo_text.tagging.task import Tagging

from .files import WHOLE

if TYPE_CHECKING:
    from tlzoo_text.tagging.reading import Tagged

__all__ = ["choice", "open_source", "tagged_samples"]

Choice = TypeVar("Choice", bound=str)


def open_source(name: str, location: str, options: Mapping[str, str], known: Sequence[str]) -> Path:
    """Return the path of a source, with known options. Raises UsageError for others, and for another task."""
    if not location:
        raise UsageError(f"'{name}:' has no file", f"add one, as in '{name}:train'")
    refuse_unknown_options(name, options, known)
    if (task := options.get("task", Tagging.kind)) != Tagging.kind:
        raise UsageError(f"'{name}:{location}' has tags of words, not labels for {task}", f"leave task={task} out")
    return Path(location).expanduser()


def choice(name: str, options: Mapping[str, str], valid: Sequence[Choice]) -> Choice | None:
    """Return the value of an option, None if it is left out. Raises UsageError for an invalid one."""
    found = options.get(name)
    if found is not None and found not in valid:
        raise UsageError(f"{name}={found}", f"valid: {', '.join(valid)}")
    return cast("Choice | None", found)


def tagged_samples(
    source: str,
    options: Mapping[str, str],
    tagged: Tagged,
    names: Sequence[str],
    counts: Mapping[str, int],
    *,
    groups: np.ndarray[Any, Any] | None = None,
    set_aside: tuple[SetAside, ...] = (),
) -> Samples:
    """Return the samples of texts, in the order of the splits with these numbers of texts.

    Raises:
        DataError: If there is no span, or a type is in validation or test but not in training.
    """
    task = Tagging(tagged.tags, tagged.rule)
    if not task.types:
        raise DataError(f"{source} has no span: every word is O", "name the column with tag_column=, or add spans")
    edges = np.cumsum([0, *counts.values()])
    given = {
        split: np.arange(edges[at], edges[at + 1], dtype=np.int64) for at, split in enumerate(counts) if split != WHOLE
    }
    task.check_splits(tagged.labels, given, names.__getitem__)
    encoded = [text.encode() for text in tagged.texts]
    examples = Texts(len(encoded), lambda index: (encoded[index],), names.__getitem__)
    return Samples(
        source=source + ("?" + "&".join(f"{key}={each}" for key, each in options.items()) if options else ""),
        task=task,
        examples=examples,
        labels=tagged.labels,
        digests=examples.digests(),
        given=given,
        groups=groups,
        set_aside=set_aside,
        notes=tagged.notes,
    )
