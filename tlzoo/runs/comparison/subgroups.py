"""Subgroups of the test samples, by a column of the data."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import RunError, UsageError, did_you_mean
from tlzoo.natural_order import natural
from tlzoo.runs.opening.sources import open_source

if TYPE_CHECKING:
    from tlzoo.data import Samples
    from tlzoo.progress import Progress
    from tlzoo.runs.comparison.compared_run import ComparedRun

__all__ = ["open_samples", "subgroups"]

_MOST_GROUPS = 50
_FEWEST_NUMBERS = 12
"""Columns of more different numbers are divided into quarters."""
_NONE = "(empty)"


def open_samples(run: ComparedRun, progress: Progress) -> tuple[Samples, np.ndarray]:
    """Return the data of a run, and the positions of its test samples in them, in the order of its answers.

    Samples are identified by the hashes of their inputs, and equal inputs by their names.

    Raises:
        RunError: If the data have changed.
        DataError: If they cannot be read.
    """
    samples = open_source(run.recipe.data, progress, run.recipe.missing)
    digests = run.answers.digests
    places: dict[bytes, list[int]] = {}
    for position, digest in enumerate(samples.digests[:, : digests.shape[1]]):
        places.setdefault(digest.tobytes(), []).append(position)
    found = [
        _place(samples, places.get(each.tobytes(), []), name)
        for each, name in zip(digests, run.answers.names, strict=True)
    ]
    if lost := found.count(None):
        raise RunError(
            f"{run.recipe.data} has changed: {lost} of the {len(found)} test samples of {run.run.path} are missing",
            "restore the data",
        )
    return samples, np.array(found, np.int64)


def _place(samples: Samples, places: list[int], name: str) -> int | None:
    """Return the position of a sample among those with its input, and remove it."""
    if not places:
        return None
    if len(places) == 1:
        return places.pop()
    same = [each for each in places if samples.examples.name(each) == name]
    places.remove(chosen := (same or places)[0])
    return chosen


def subgroups(run: ComparedRun, column: str, progress: Progress) -> dict[str, np.ndarray]:
    """Return the positions of the test samples with each value of a column of the data.

    Columns of many numbers are divided into quarters.

    Raises:
        UsageError: If the data do not have the column, or it has too many values.
    """
    samples, positions = open_samples(run, progress)
    columns, source = samples.columns, run.recipe.data
    if columns is None or not columns.names:
        raise UsageError(
            f"{source} has no columns to group by",
            "use a table or frame, other arrays in an .npz file, or images in nested folders",
        )
    if column not in columns.names:
        raise UsageError(f"{source} has no column {column!r}", did_you_mean(column, columns.names, valid="its columns"))
    values = [each or _NONE for each in columns.values(column, positions)]
    values = _quarters(values) or values
    names = sorted(set(values), key=lambda each: (each == _NONE, natural(each)))
    if len(names) > _MOST_GROUPS:
        raise UsageError(
            f"the column {column!r} of {source} has {len(names):,} different values",
            f"group by a column with at most {_MOST_GROUPS}",
        )
    own = np.array(values, object)
    return {name: np.flatnonzero(own == name) for name in names}


def _quarters(values: Sequence[str]) -> list[str] | None:
    """Return the range of each number, if the values are many different numbers; None for others."""
    try:
        numbers = np.array([np.nan if each == _NONE else float(each) for each in values])
    except ValueError:
        return None
    known = numbers[np.isfinite(numbers)]
    if len(np.unique(known)) <= _FEWEST_NUMBERS:
        return None
    limits = np.unique(np.quantile(known, [0.25, 0.5, 0.75]))
    edges = [known.min(), *limits, known.max()]
    digits = next((each for each in range(4, 17) if len({f"{edge:.{each}g}" for edge in edges}) == len(set(edges))), 17)
    names = [f"{low:.{digits}g} to {high:.{digits}g}" for low, high in pairwise(edges)]
    places = np.searchsorted(limits, numbers, side="left")
    return [_NONE if np.isnan(number) else names[place] for number, place in zip(numbers, places, strict=True)]
