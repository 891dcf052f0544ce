"""What the report of a run says, and where it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tlzoo.tasks.metrics import Metrics

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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

    ``trains`` and ``rates`` are text (``"head and block4"``, ``"head 1e-3, block4 1e-5"``), ``mode`` is the plan's.
    ``units`` counts the report's unit, or the passes of a ``solved`` phase. ``score`` is NaN without validation.
    ``stopped`` is ``"budget"``, ``"patience"``, ``"optimum"`` or ``"undone"``. ``history`` has one mapping an epoch, of
    Keras's names: ``loss``, ``val_loss``, …; if the unit is steps, one a segment, with the ``steps`` so far. ``after``
    is the position of the phase whose weights it starts from: -1 for the initial weights, None for the phase before.
    ``kept`` is False if the final weights do not come from it.
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
    """What was predicted for one input.

    ``probability`` is that of ``label``, None where it has none of its own; ``truth`` is None where it is not known.
    ``judged`` is False where a label is more or less right, as a number is.
    ``image`` is a picture of the input, of any size, (height, width, 1 or 3), 0 to 255; None where it has none.
    ``activation`` is such a picture with what spoke for ``label`` in colour.
    ``text`` is the input itself where it is text, one line for each part.
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

    @property
    def wrong(self) -> bool:
        """Whether the truth is known and is another class."""
        return self.judged and self.truth is not None and self.truth != self.label


@dataclass(frozen=True, slots=True)
class AuditLine:
    """What was found when a phase's variables were compared with its intent."""

    phase: str
    kept: bool
    text: str


@dataclass(frozen=True, slots=True)
class TargetLine:
    """What the model was worth on the target's test samples after a phase: figures by name."""

    phase: str
    kept: bool
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RateRangeTest:
    """A learning-rate range test: smoothed losses (nats), one for each rate, and the rate that it suggests."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggested: float


@dataclass(frozen=True, slots=True)
class ReportImage:
    """An image with a section of its own: ``content`` is a PNG or a GIF, which may be animated.

    ``description`` is for readers who do not see it. Raises ValueError for content of another format.
    """

    title: str
    description: str
    content: bytes

    def __post_init__(self) -> None:
        """Refuse what a page would not show."""
        if not self.content.startswith((b"GIF8", b"\x89PNG")):
            raise ValueError(f"the image {self.title!r} is neither a PNG nor a GIF")


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page shows, as plain values: nothing here knows of runs.

    ``metrics`` are shown by their own templates (``ReportSection``), or by their figures; ``points`` are the true and
    the predicted numbers of each target. ``warnings`` come before ``notes``. ``facts`` and ``environment`` are shown in
    their order; ``recipe`` is TOML text; ``set_aside`` are pairs of input and reason. What is empty has no section.
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
    target: tuple[TargetLine, ...] = ()
    phases: tuple[PhaseSummary, ...] = ()
    audit: tuple[AuditLine, ...] = ()
    rate_ranges: tuple[RateRangeTest, ...] = ()
    set_aside: tuple[tuple[str, str], ...] = ()
    samples: tuple[Prediction, ...] = ()
    most_wrong: tuple[Prediction, ...] = ()
    images: tuple[ReportImage, ...] = ()
