"""Results of an inspection, as plain values."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from tlzoo.data.contract import SetAside
    from tlzoo.data.missing import Missing


@dataclass(frozen=True, slots=True)
class ClassCount:
    """Number of samples of a class, in total and in each declared split."""

    name: str
    samples: int
    given: dict[str, int]


@dataclass(frozen=True, slots=True)
class Spread:
    """Smallest, median and largest value."""

    min: int
    median: float
    max: int

    def size(self, name: str) -> Size:
        """Return the row of the page's table of sizes."""
        return Size(name, self.min, self.median, None, self.max)


@dataclass(frozen=True, slots=True)
class Lengths:
    """Text length statistics: minimum, quartiles, 95th percentile, maximum and histogram.

    ``histogram`` has (from, to, count): texts of at least ``from`` and at most ``to``.
    """

    min: int
    quartiles: tuple[float, float, float]
    most_of_them: float
    max: int
    histogram: tuple[tuple[int, int, int], ...]

    def words(self, cut: int | None = None) -> str:
        """Return minimum, maximum, histogram, median and 95th percentile as one line; see ``bars`` for ``cut``."""
        said = f"{self.min} to {self.max} {self.bars(cut)}"
        return f"{said}, median {self.quartiles[1]:g}, 95 % up to {self.most_of_them:g}"

    def size(self, name: str) -> Size:
        """Return the row of the page's table."""
        return Size(name, self.min, self.quartiles[1], self.most_of_them, self.max)

    def bars(self, cut: int | None = None) -> str:
        """Return the histogram as one line: a block per bin, highest for the most frequent, a dot for an empty one.

        A bar marks the first bin in which all texts are longer than ``cut``.
        """
        tallest = max(count for _, _, count in self.histogram)
        beyond = next((begin for begin, _, _ in self.histogram if cut is not None and begin > cut), None)
        return "".join(
            ("|" if begin == beyond else "") + _BLOCKS[math.ceil(count / tallest * (len(_BLOCKS) - 1))]
            for begin, _, count in self.histogram
        )


class Size(NamedTuple):
    """A row of the page's table of sizes: minimum, median, 95th percentile (None if unknown), maximum."""

    name: str
    min: float
    median: float
    most_of_them: float | None
    max: float


class InputFacts:
    """Results on the inputs of a modality: a dataclass of plain values, with its presentation."""

    __slots__ = ()

    key: ClassVar[str]
    """The key of these facts in JSON: ``images``."""

    def lines(self) -> Iterator[str]:
        """Yield lines for the terminal: ``height: 8 to 16 pixels, median 9``."""
        yield from ()

    def sizes(self) -> Iterator[Size]:
        """Yield rows of the page's table of sizes."""
        yield from ()

    @property
    def note(self) -> str:
        """A line under the table of sizes."""
        return ""

    @property
    def histogram(self) -> tuple[str, Lengths] | None:
        """The lengths for a histogram on the page, with a title."""
        return None


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """Text lengths in tokens of a backbone, its maximum, and the share of texts that are truncated.

    ``counted`` is the number of texts in the statistics, an evenly spread sample of many.
    """

    backbone: str
    tokens: Lengths
    sequence_length: int
    truncated: float
    counted: int


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """Statistics of a target."""

    name: str
    min: float
    median: float
    max: float
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Suspect:
    """A sample with another label than its neighbours in feature space.

    ``doubt``, 0 to 1, is the share of neighbours with another label, weighted by similarity. For targets, it
    is the difference from the neighbours' mean, in standard deviations of such differences.
    """

    sample: str
    index: int
    label: str
    suggested: str
    doubt: float
    neighbours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Duplicate or near-duplicate samples, with their labels and declared splits."""

    samples: tuple[str, ...]
    classes: tuple[str, ...]
    splits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """Results of an inspection. ``problem`` says why training is impossible; ``notes`` are on splits.

    ``tokens`` and ``suspects`` (the worst first) need a backbone; None without one.
    """

    source: str
    fingerprint: str
    modality: str
    task: str
    samples: int
    classes: tuple[ClassCount, ...]
    given: dict[str, int]
    inputs: InputFacts | None
    set_aside: tuple[SetAside, ...]
    duplicates: tuple[Duplicates, ...]
    notes: tuple[str, ...]
    problem: str | None
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
        """Exact and near duplicates in several declared splits."""
        return tuple(each for each in (*self.duplicates, *self.near_duplicates) if len(each.splits) > 1)

    def as_json(self) -> dict[str, Any]:
        """Return the output of ``tlzoo data inspect --json``."""
        values = asdict(self)
        inputs = values.pop("inputs")
        own = {} if self.inputs is None else {self.inputs.key: inputs}
        return values | dict.fromkeys(("images", "texts")) | own


def lengths_of(values: ArrayLike) -> Lengths:
    """Return the statistics of lengths: whole numbers, at least one."""
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
