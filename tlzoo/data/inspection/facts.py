"""What an inspection says of a data set: plain values."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from tlzoo.data.contract import SetAside
    from tlzoo.data.missing import Missing


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
class Lengths:
    """How long texts are: least, quartiles, the length that 95 % do not pass, most; and how many are so long.

    ``histogram`` has (from, to, count): texts of at least ``from`` and at most ``to``.
    """

    min: int
    quartiles: tuple[float, float, float]
    most_of_them: float
    max: int
    histogram: tuple[tuple[int, int, int], ...]

    def bars(self, cut: int | None = None) -> str:
        """Return the histogram as one line: a block for each bin, the highest of the commonest lengths, a dot for none.

        A stroke stands before the first bin of texts that are all longer than ``cut``.
        """
        tallest = max(count for _, _, count in self.histogram)
        beyond = next((begin for begin, _, _ in self.histogram if cut is not None and begin > cut), None)
        return "".join(
            ("|" if begin == beyond else "") + _BLOCKS[math.ceil(count / tallest * (len(_BLOCKS) - 1))]
            for begin, _, count in self.histogram
        )


@dataclass(frozen=True, slots=True)
class TextFacts:
    """Lengths in characters and in words, of both texts of a pair together; how many are blank."""

    parts: int
    characters: Lengths
    words: Lengths
    blank: int


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """Lengths in tokens of one backbone, how many it takes, and the share of texts that are cut to that.

    ``counted`` is of how many texts: fewer than there are, evenly spread over all of them, where there are many.
    """

    backbone: str
    tokens: Lengths
    sequence_length: int
    truncated: float
    counted: int


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What values a target has."""

    name: str
    min: float
    median: float
    max: float
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Suspect:
    """A sample whose neighbours in feature space have another label.

    ``doubt`` is 0 to 1: which share of the neighbours, weighted by likeness, speaks against the label. For targets it
    is by how many deviations of such differences the value is off the neighbours' mean.
    """

    sample: str
    index: int
    label: str
    suggested: str
    doubt: float
    neighbours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Samples of the same, or nearly the same, content; the labels and the declared splits that they are found in."""

    samples: tuple[str, ...]
    classes: tuple[str, ...]
    splits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is in a data set. ``problem`` says why it cannot be trained on as it is, ``notes`` what its splits lack.

    ``tokens`` and ``suspects`` (the worst first) are what a backbone adds, None where none was asked.
    """

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
    texts: TextFacts | None = None
    targets: tuple[TargetFacts, ...] = ()
    missing: tuple[Missing, ...] = ()
    groups: int | None = None
    near_duplicates: tuple[Duplicates, ...] = ()
    tokens: TokenFacts | None = None
    suspects: tuple[Suspect, ...] | None = None

    @property
    def mislabelled(self) -> tuple[Duplicates, ...]:
        """Duplicates that have different labels."""
        return tuple(each for each in self.duplicates if len(each.classes) > 1)

    @property
    def leaks(self) -> tuple[Duplicates, ...]:
        """Duplicates, exact and near, that are in several declared splits."""
        return tuple(each for each in (*self.duplicates, *self.near_duplicates) if len(each.splits) > 1)

    def as_json(self) -> dict[str, Any]:
        """Return what ``tlzoo data inspect --json`` prints."""
        return asdict(self)


def lengths_of(values: ArrayLike) -> Lengths:
    """Return what is said of lengths: whole numbers, at least one."""
    numbers = np.asarray(values, np.int64)
    low, high = int(numbers.min()), int(numbers.max())
    edges = np.unique(np.linspace(low, high + 1, _BINS + 1).astype(np.int64))
    counts = np.histogram(numbers, edges)[0]
    first, median, third = (float(each) for each in np.quantile(numbers, (0.25, 0.5, 0.75)))
    bins = zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
    return Lengths(
        min=low,
        quartiles=(first, median, third),
        most_of_them=float(np.quantile(numbers, 0.95)),
        max=high,
        histogram=tuple((begin, end - 1, count) for begin, end, count in bins),
    )


_BINS = 12
_BLOCKS = "·▁▂▃▄▅▆▇█"
