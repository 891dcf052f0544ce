"""What an inspection says of a data set: plain values."""

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

    def size(self, name: str) -> Size:
        """Return the row of the page's table of sizes."""
        return Size(name, self.min, self.median, None, self.max)


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

    def words(self, cut: int | None = None) -> str:
        """Return least and most, the histogram, median and what 95 % do not pass; see ``bars`` for ``cut``."""
        said = f"{self.min} to {self.max} {self.bars(cut)}"
        return f"{said}, median {self.quartiles[1]:g}, 95 % up to {self.most_of_them:g}"

    def size(self, name: str) -> Size:
        """Return the row of the page's table."""
        return Size(name, self.min, self.quartiles[1], self.most_of_them, self.max)

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


class Size(NamedTuple):
    """A row of the page's table of sizes: least, median, what 95 % do not pass (None if unknown), most."""

    name: str
    min: float
    median: float
    most_of_them: float | None
    max: float


class InputFacts:
    """What an inspection says of the inputs of a modality: a dataclass of plain values, with what is shown of it."""

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
        """The lengths whose histogram the page has, under a title."""
        return None


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
        """Duplicates, exact and near, that are in several declared splits."""
        return tuple(each for each in (*self.duplicates, *self.near_duplicates) if len(each.splits) > 1)

    def as_json(self) -> dict[str, Any]:
        """Return what ``tlzoo data inspect --json`` prints."""
        values = asdict(self)
        inputs = values.pop("inputs")
        own = {} if self.inputs is None else {self.inputs.key: inputs}
        return values | dict.fromkeys(("images", "texts")) | own


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
