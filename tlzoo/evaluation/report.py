"""Content of a run's report, and writing of its HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tlzoo.evaluation.class_curves_plot import ClassPoints
from tlzoo.evaluation.reliability_plot import CalibrationLine
from tlzoo.tasks import MeasuredCoverage
from tlzoo.tasks.metrics import Metrics

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tlzoo.tasks import TextPiece


__all__ = [
    "AuditLine",
    "PhaseSummary",
    "Prediction",
    "RateRangeTest",
    "Report",
    "TargetLine",
]


@dataclass(frozen=True, slots=True)
class PhaseSummary:
    """One phase of a report.

    ``trains`` and ``rates`` are text (``"head and block4"``, ``"head 1e-3, block4 1e-5"``), ``mode`` is that of the
    plan. ``units`` counts the report's unit, or the passes of a ``solved`` phase. ``score`` is NaN without validation.
    ``stopped`` is ``"budget"``, ``"patience"``, ``"optimum"`` or ``"undone"``. ``history`` has one mapping of Keras's
    names per epoch: ``loss``, ``val_loss``, …; if the unit is steps, one per segment, with the ``steps`` so far.
    ``after`` is the position of the phase that provides the initial weights: -1 for the run's initial weights, None for
    the previous phase. ``kept`` is False if the final weights do not come from it.
    """

    name: str
    trains: str
    mode: str
    rates: str
    units: int
    seconds: float
    score: float
    stopped: str = "budget"
    history: tuple[Mapping[str, float], ...] = ()
    after: int | None = None
    kept: bool = True
    solved: bool = False

    @property
    def undone(self) -> bool:
        """Whether the phase was worse than an earlier one, so that its weights were discarded."""
        return self.stopped == "undone"

    @property
    def discarded(self) -> bool:
        """Whether the final weights do not come from this phase."""
        return self.undone or not self.kept


@dataclass(frozen=True, slots=True)
class Prediction:
    """Prediction for one input.

    ``probability`` is that of ``label``, or None if there is none; ``truth`` is None if unknown. ``judged`` is False if
    predictions are not simply right or wrong, as for numbers. ``image`` is an image of the input, (height, width, 1 or
    3), 0 to 255, or None. ``activation`` is such an image with the class activation map in colour. ``text`` is the
    input if it is text, one line per part. ``pieces`` are that text with its true marks, and with the predicted ones.
    """

    input: str
    label: str
    probability: float | None
    truth: str | None = None
    image: NDArray[np.generic] | None = None
    activation: NDArray[np.generic] | None = None
    text: str | None = None
    facts: str = ""
    judged: bool = True
    pieces: tuple[Sequence[TextPiece], Sequence[TextPiece]] | None = None

    @property
    def wrong(self) -> bool:
        """Whether the truth is known and differs from the label."""
        return self.judged and self.truth is not None and self.truth != self.label


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Result of comparing a phase's variables with its intent."""

    phase: str
    kept: bool
    text: str


@dataclass(frozen=True, slots=True)
class TargetLine:
    """Metrics on the target's test samples after a phase, by name."""

    phase: str
    kept: bool
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RateRangeTest:
    """A learning rate range test: smoothed losses (nats), one per rate, and the suggested rate."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggested: float


@dataclass(frozen=True, slots=True)
class ReportImage:
    """An image with its own section: ``content`` is a PNG or GIF, which may be animated.

    ``description`` is an alternative text. Raises ValueError for content of another format.
    """

    title: str
    description: str
    content: bytes

    def __post_init__(self) -> None:
        """Reject formats that a page cannot show."""
        if not self.content.startswith((b"GIF8", b"\x89PNG")):
            raise ValueError(f"the image {self.title!r} is neither a PNG nor a GIF")


@dataclass(frozen=True, slots=True)
class Report:
    """All content of the page as plain values, independent of runs.

    ``metrics`` are shown with their own templates (``ReportSection``) or as a list; ``points`` are true and predicted
    numbers of each target. ``calibration`` has the probabilities of the test split, and those before calibration;
    ``curves`` are the points of each class against the others; ``coverage`` has that of its label sets or intervals.
    ``warnings`` come before ``notes``. ``facts`` and ``environment`` are shown in their order;
    ``recipe`` is TOML text; ``set_aside`` are pairs of input and reason. Empty values have no section.
    """

    backbone: str
    data: str
    strategy: str
    created: str
    recipe: str
    environment: Mapping[str, str]
    head: str = "linear"
    seed: int = 0
    seconds: float | None = None
    unit: Literal["epochs", "steps"] = "epochs"
    facts: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    metrics: Metrics | None = None
    points: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = field(default_factory=dict)
    calibration: tuple[CalibrationLine, ...] = ()
    curves: tuple[ClassPoints, ...] = ()
    coverage: MeasuredCoverage | None = None
    target: tuple[TargetLine, ...] = ()
    phases: tuple[PhaseSummary, ...] = ()
    audit: tuple[AuditLine, ...] = ()
    rate_ranges: tuple[RateRangeTest, ...] = ()
    set_aside: tuple[tuple[str, str], ...] = ()
    samples: tuple[Prediction, ...] = ()
    most_wrong: tuple[Prediction, ...] = ()
    images: tuple[ReportImage, ...] = ()
