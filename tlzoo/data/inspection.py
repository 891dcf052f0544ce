"""What is in a data set, before anything is trained on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data.contract import SPLITS, Pictures
from tlzoo.data.splitting import split
from tlzoo.data.tasks import Classification, MultiLabel, Regression
from tlzoo.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlzoo.data.contract import Array, Samples, SetAside


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many samples a class has, in all and in each declared split."""

    name: str
    samples: int
    given: dict[str, int]


@dataclass(frozen=True, slots=True)
class Spread:
    """Smallest, median and largest value."""

    min: int
    median: float
    max: int


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """Sizes in pixels, and how many images there are of each file format."""

    height: Spread
    width: Spread
    formats: dict[str, int]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Samples of the same content, byte for byte; the classes and the declared splits that they are found in."""

    samples: tuple[str, ...]
    classes: tuple[str, ...]
    splits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is in a data set. ``problem`` says why it cannot be trained on as it is, ``notes`` what its splits lack."""

    source: str
    fingerprint: str
    modality: str
    task: str
    samples: int
    classes: tuple[ClassCount, ...]
    given: dict[str, int]
    images: ImageFacts | None
    set_aside: tuple[SetAside, ...]
    duplicates: tuple[Duplicates, ...]
    notes: tuple[str, ...]
    problem: str | None

    @property
    def mislabelled(self) -> tuple[Duplicates, ...]:
        """Duplicates that have different labels."""
        return tuple(each for each in self.duplicates if len(each.classes) > 1)

    @property
    def leaks(self) -> tuple[Duplicates, ...]:
        """Duplicates that are in several declared splits."""
        return tuple(each for each in self.duplicates if len(each.splits) > 1)

    def as_json(self) -> dict[str, Any]:
        """Return what ``tlzoo data inspect --json`` prints."""
        return asdict(self)


def inspect(samples: Samples) -> Inspection:
    """Count what is in ``samples``, and look for exact duplicates. No input is read again."""
    examples, everything = samples.examples, np.arange(len(samples.examples))
    given = {name: samples.given[name] for name in SPLITS if name in samples.given}
    by_split = {name: _counts(samples, part) for name, part in given.items()}
    try:
        notes, problem = split(samples, seed=0).notes, None
    except DataError as error:
        notes, problem = (), str(error)
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
        images=_image_facts(examples) if isinstance(examples, Pictures) and len(examples) else None,
        set_aside=samples.set_aside,
        duplicates=tuple(_duplicates(samples)),
        notes=notes,
        problem=problem,
    )


def _counts(samples: Samples, part: Array) -> dict[str, int]:
    """Return how many samples of a part there are of each class, where there are classes."""
    match samples.task:
        case Classification(classes=classes):
            counts = np.bincount(samples.labels[part], minlength=len(classes))
        case MultiLabel(classes=classes):
            counts = samples.labels[part].sum(axis=0, dtype=np.int64)
        case Regression():
            return {}
    return dict(zip(classes, counts.tolist(), strict=True))


def _image_facts(examples: Pictures) -> ImageFacts:
    return ImageFacts(_spread(examples.shapes[:, 0]), _spread(examples.shapes[:, 1]), dict(examples.formats))


def _spread(values: Array) -> Spread:
    return Spread(int(values.min()), float(np.median(values)), int(values.max()))


def _duplicates(samples: Samples) -> Iterator[Duplicates]:
    rows = np.ascontiguousarray(samples.digests).view(np.dtype((np.void, 32))).reshape(-1)
    _, group, sizes = np.unique(rows, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    groups = [part for part in np.split(order, np.cumsum(sizes)[:-1]) if len(part) > 1]
    declared = np.zeros(len(rows), np.int64)
    for number, name in enumerate(SPLITS, start=1):
        declared[samples.given.get(name, [])] = number
    for members in sorted(groups, key=lambda part: int(part[0])):
        labels, parts = np.unique(samples.labels[members], axis=0), np.unique(declared[members])
        yield Duplicates(
            tuple(samples.examples.name(int(index)) for index in members),
            tuple(samples.task.show(label) for label in labels),
            tuple(SPLITS[int(part) - 1] for part in parts if part),
        )
