"""Inspection of a data set before training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.contract import SPLITS
from tlzoo.data.duplicates import exact_duplicates, near_duplicates
from tlzoo.data.inspection.facts import (
    ClassCount,
    Duplicates,
    Inspection,
    TargetFacts,
)
from tlzoo.data.splitting.split import split
from tlzoo.errors import DataError
from tlzoo.modalities import require_modality

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tlzoo.data.contract import Array, Samples


def inspect(samples: Samples, advance: Callable[[int], None] = lambda _done: None) -> Inspection:
    """Count classes and sizes in ``samples``, and search duplicates. Texts are read again, images are not.

    ``advance`` receives the number of texts that were just read; each text is read twice.
    """
    examples, everything = samples.examples, np.arange(len(samples.examples))
    given = {name: samples.given[name] for name in SPLITS if name in samples.given}
    by_split = {name: _counts(samples, part) for name, part in given.items()}
    try:
        notes, problem = split(samples, seed=0).notes, None
    except DataError as error:
        notes, problem = samples.notes, str(error)
    return Inspection(
        source=samples.source,
        fingerprint=samples.fingerprint,
        modality=examples.modality,
        task=samples.task.kind,
        samples=len(examples),
        classes=tuple(
            ClassCount(name, count, {part: counts[name] for part, counts in by_split.items()})
            for name, count in _counts(samples, everything).items()
        ),
        given={name: len(part) for name, part in given.items()},
        inputs=require_modality(examples.modality).facts(examples, advance),
        set_aside=samples.set_aside,
        duplicates=tuple(_duplicates(samples, exact_duplicates(samples))),
        notes=notes,
        problem=problem,
        targets=tuple(_target_facts(samples)),
        missing=samples.missing,
        groups=None if samples.groups is None else len(np.unique(samples.groups)),
        near_duplicates=tuple(_duplicates(samples, near_duplicates(samples, advance))),
    )


def _counts(samples: Samples, part: Array) -> dict[str, int]:
    """Return the number of samples of each class in a part, if there are classes."""
    counts = samples.task.class_counts(samples.labels[part])
    return dict(zip(samples.task.class_names, counts.tolist(), strict=True))


def _target_facts(samples: Samples) -> Iterator[TargetFacts]:
    if not len(samples.labels):
        return
    for name, numbers in samples.task.numbers(samples.labels).items():
        values = numbers.astype(np.float64)
        figures = (values.min(), np.median(values), values.max(), values.mean(), values.std())
        yield TargetFacts(name, *(float(each) for each in figures))


def _duplicates(samples: Samples, clusters: Iterable[Array]) -> Iterator[Duplicates]:
    declared = np.zeros(len(samples.examples), np.int64)
    for number, name in enumerate(SPLITS, start=1):
        declared[samples.given.get(name, [])] = number
    for members in clusters:
        keys, parts = samples.task.label_keys(samples.labels[members]), np.unique(declared[members])
        first = np.unique(keys, axis=0, return_index=True)[1]
        yield Duplicates(
            tuple(samples.examples.name(int(index)) for index in members),
            tuple(samples.task.show(label) for label in samples.labels[members][first]),
            tuple(SPLITS[int(part) - 1] for part in parts if part),
        )
