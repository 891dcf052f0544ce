"""The Metrics contract: figures of any task for results, reports and comparisons."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.tasks.reliability import Reliability

__all__ = [
    "ANY_SECTION",
    "Compared",
    "Figure",
    "Metrics",
    "PlainMetrics",
    "Reliable",
    "ReportSection",
    "Scattered",
    "Score",
    "metrics_json",
    "report_section",
]

Points = tuple[tuple[float, ...], tuple[float, ...]]
"""True and predicted numbers, of equal length."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a table or a summary.

    ``name`` is its key in JSON, ``title`` its name in reports. ``unit`` selects its format: a share from 0 to 1 is
    shown as a percentage. ``value`` is None if it is undefined. ``interval`` is its 95 % confidence interval, if known.
    """

    name: str
    title: str
    value: float | None
    unit: Literal["share", "number", "count"] = "number"
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The number that compares models of a task: higher is better.

    ``standard_error`` is NaN if it is unknown.
    """

    name: str
    value: float
    standard_error: float = math.nan


@dataclass(frozen=True, slots=True)
class ReportSection:
    """Jinja templates for metrics in a report: the attribute ``report`` of a class of metrics.

    ``templates`` is a folder. Its ``tiles.html.jinja`` is for the head of the page, its ``section.html.jinja`` for
    the body; both have the variable ``report``. ``most_wrong`` is the note above the worst predictions.
    """

    templates: Path
    most_wrong: str = ""

    def __post_init__(self) -> None:
        """Raise FileNotFoundError for a missing template, before training instead of after it."""
        for name in ("tiles.html.jinja", "section.html.jinja"):
            if not (self.templates / name).is_file():
                raise FileNotFoundError(f"a report section has no template {self.templates / name}")


class Metrics(Protocol):
    """Metrics of any task. ``PlainMetrics`` is enough for most tasks of your own."""

    @property
    def score(self) -> Score:
        """The score of the task with its standard error."""
        ...

    @property
    def figures(self) -> Sequence[Figure]:
        """The figures of a summary. The first three are the columns of tables of several models."""
        ...

    @property
    def row_title(self) -> str:
        """The kind of a row: ``class`` or ``target``."""
        ...

    @property
    def rows(self) -> Mapping[str, Sequence[Figure]]:
        """The figures of each label, the same in each row; may be empty."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return the value of ``test`` in the command line's JSON: plain numbers, lists and dictionaries."""
        ...


@runtime_checkable
class Scattered(Protocol):
    """Optional methods of metrics of predicted numbers: a report plots true against predicted numbers."""

    def points(self, labels: np.ndarray, answers: np.ndarray) -> Mapping[str, Points]:
        """Return true and predicted numbers by target, from labels and answers (N, T)."""
        ...


@runtime_checkable
class Reliable(Protocol):
    """Optional attributes of metrics of probabilities: a report plots their reliability."""

    @property
    def log_loss(self) -> float:
        """The mean log loss, in nats."""
        ...

    @property
    def reliability(self) -> Reliability:
        """The expected calibration error, with its bins."""
        ...


@runtime_checkable
class Compared(Protocol):
    """Optional methods of metrics: a note on models no better than a constant prediction."""

    def baseline_note(self, split: str) -> str | None:
        """Return the note, or None if the model is better."""
        ...


@dataclass(frozen=True, slots=True)
class PlainMetrics:
    """Metrics as plain values by name. The first number is the score.

    ``standard_error`` is that of the score. Numbers are figures, with the 95 % interval ``NAME_interval`` if there is
    one; other values are only in the JSON.

    >>> metrics = PlainMetrics({"mean_rank": 1.5, "standard_error": 0.25, "queries": 20})
    >>> metrics.score
    Score(name='mean rank', value=1.5, standard_error=0.25)
    """

    values: Mapping[str, Any]
    row_title: str = ""

    @property
    def score(self) -> Score:
        """The first number."""
        name, value = next(self._numbers(), ("score", math.nan))
        return Score(name.replace("_", " "), float(value), dict(self._numbers()).get("standard_error", math.nan))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The values that are numbers, in their order."""
        values = self.to_json()
        return tuple(
            Figure(name, name.replace("_", " "), value, interval=_interval(values.get(f"{name}_interval")))
            for name, value in self._numbers()
        )

    @property
    def rows(self) -> Mapping[str, Sequence[Figure]]:
        """Nothing."""
        return {}

    def to_json(self) -> dict[str, Any]:
        """Return the values; numbers and arrays of NumPy and TensorFlow become Python numbers and lists."""
        return {name: _plain(value) for name, value in self.values.items()}

    def _numbers(self) -> Iterator[tuple[str, float]]:
        for name, value in self.to_json().items():
            if _is_number(value):
                yield name, value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _interval(value: Any) -> tuple[float, float] | None:
    """Return an interval of the JSON; None for anything but two numbers."""
    if isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value)):  # noqa: PLR2004
        return value[0], value[1]
    return None


def _plain(value: Any) -> Any:
    value = value.numpy() if hasattr(value, "numpy") else value
    return value.tolist() if hasattr(value, "tolist") else value


def metrics_json(metrics: Metrics) -> dict[str, Any]:
    """Return the JSON of metrics for a file: numbers and arrays of NumPy and TensorFlow become Python values."""
    plain: dict[str, Any] = json.loads(json.dumps(metrics.to_json(), default=_json_value))
    return plain


def _json_value(value: Any) -> Any:
    plain = _plain(value)
    if plain is value:
        raise TypeError(f"metrics have a {type(value).__name__}, which JSON cannot represent: {value!r:.80}")
    return plain


def report_section(metrics: Metrics) -> ReportSection:
    """Return the templates of these metrics; by default, those for any figures."""
    section = getattr(metrics, "report", None)
    return section if isinstance(section, ReportSection) else ANY_SECTION


ANY_SECTION = ReportSection(Path(__file__).parent / "templates")
