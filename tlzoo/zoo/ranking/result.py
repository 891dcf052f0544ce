"""What a ranking found, as plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tlzoo.tabular import Table, Tabular, number_text

__all__ = ["Baseline", "Curve", "Interval", "Ranked", "Ranking", "Unranked", "number"]

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """Accuracy at numbers of labels: measured, and expected of more by a power law fitted to that.

    ``measured`` and ``expected`` map a number of labels to accuracy (0 to 1); ``intervals`` are of 95 %, for
    ``expected`` alone. ``expected`` is empty where there is too little to fit.
    """

    measured: Mapping[int, float]
    expected: Mapping[int, float]
    intervals: Mapping[int, Interval]

    def to_json(self) -> dict[str, Any]:
        """Return arrays of ``labels``, ``accuracy`` and, of what is expected, ``interval``."""
        return {
            "measured": [{"labels": count, "accuracy": value} for count, value in self.measured.items()],
            "expected": [
                {"labels": count, "accuracy": value, "interval": list(self.intervals[count])}
                for count, value in self.expected.items()
            ],
        }


@dataclass(frozen=True, slots=True)
class Ranked:
    """One entry in the order.

    ``scores`` and ``intervals`` (95 %) go by the names of scores; NaN is what cannot be told. ``group`` counts from 1:
    entries of one group cannot be told apart from its first. ``samples`` is how many it was scored on. ``cost`` has
    ``latency_ms`` (one prediction, this machine), ``throughput`` (samples a second), ``parameters``, ``flops``,
    ``bytes`` and ``feature_size``, None where not known. ``front`` says that no other is both better and faster.
    ``reported`` is what its makers published, by metric. ``warnings`` say what is wrong with what it gets.
    """

    id: str
    scores: Mapping[str, float]
    intervals: Mapping[str, Interval]
    samples: int
    cost: Mapping[str, float | None]
    reported: Mapping[str, float] = field(default_factory=dict)
    group: int = 1
    front: bool = False
    warnings: tuple[str, ...] = ()
    curve: Curve | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values; what is NaN is null."""
        return {
            "id": self.id,
            "scores": {name: number(value) for name, value in self.scores.items()},
            "intervals": {name: [number(low), number(high)] for name, (low, high) in self.intervals.items()},
            "samples": self.samples,
            "group": self.group,
            "front": self.front,
            "cost": dict(self.cost),
            "reported": dict(self.reported),
            "warnings": list(self.warnings),
            "curve": self.curve.to_json() if self.curve else None,
        }


@dataclass(frozen=True, slots=True)
class Baseline:
    """What stands beside the entries and is none: ``name`` says what was scored."""

    name: str
    scores: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"name": self.name, "scores": {name: number(value) for name, value in self.scores.items()}}


@dataclass(frozen=True, slots=True)
class Unranked:
    """An entry that could have been ranked: why it was not, and what to do about it."""

    id: str
    reason: str
    fix: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"id": self.id, "reason": self.reason, "fix": self.fix}


@dataclass(frozen=True, slots=True, repr=False)
class Ranking(Tabular):
    """Entries in order, the best first, and what is needed to read it.

    ``by`` is the score that orders. ``samples`` of ``available`` labelled ones were drawn; the test split is never
    among them. ``maps`` has, where asked for, a plane for each entry: float (n, 2) of the first n samples, whose class
    and name are ``mapped``.
    """

    data: str
    fingerprint: str
    classes: tuple[str, ...]
    samples: int
    available: int
    seed: int
    by: str
    machine: str
    entries: tuple[Ranked, ...]
    baselines: tuple[Baseline, ...] = ()
    unranked: tuple[Unranked, ...] = ()
    notes: tuple[str, ...] = ()
    maps: Mapping[str, Any] = field(default_factory=dict)
    mapped: tuple[tuple[int, str], ...] = ()

    @property
    def score_names(self) -> list[str]:
        """The names of all scores that some entry has, the one that orders first."""
        names = dict.fromkeys(name for each in self.entries for name in each.scores)
        return sorted(names, key=lambda name: name != self.by)

    @property
    def tied(self) -> list[str]:
        """The ids of the first group: those that the best cannot be told apart from, itself among them."""
        return [each.id for each in self.entries if each.group == 1]

    def to_records(self) -> list[dict[str, Any]]:
        """Return a mapping for each entry, the best first: group, id, scores with their intervals, and cost."""
        return [
            {
                "group": each.group,
                "id": each.id,
                **dict(each.scores),
                **{f"{name}_low": low for name, (low, _) in each.intervals.items()},
                **{f"{name}_high": high for name, (_, high) in each.intervals.items()},
                "samples": each.samples,
                "front": each.front,
                **dict(each.cost),
            }
            for each in self.entries
        ]

    def table(self) -> Table:
        """Return the entries, the best first, and the baselines under them."""
        names = self.score_names
        rows = [
            [
                str(each.group),
                each.id,
                *(number_text(each.scores.get(name)) for name in names),
                number_text(each.cost.get("parameters")),
                number_text(each.cost.get("latency_ms")),
            ]
            for each in self.entries
        ]
        rows += [
            ["", each.name, *(number_text(each.scores.get(name)) for name in names), "", ""] for each in self.baselines
        ]
        numbers = [*names, "parameters", "ms"]
        caption = f"{self.data}, {self.samples} of {self.available} labelled samples, by {self.by}"
        return Table(["group", "entry", *numbers], rows, frozenset(numbers), caption)

    def to_json(self) -> dict[str, Any]:
        """Return what ``tlzoo rank --json`` prints."""
        return {
            "data": self.data,
            "fingerprint": self.fingerprint,
            "classes": list(self.classes),
            "samples": self.samples,
            "available": self.available,
            "seed": self.seed,
            "by": self.by,
            "machine": self.machine,
            "entries": [each.to_json() for each in self.entries],
            "baselines": [each.to_json() for each in self.baselines],
            "unranked": [each.to_json() for each in self.unranked],
            "notes": list(self.notes),
        }


def number(value: float) -> float | None:
    """Return a number that JSON has, None for others."""
    return value if math.isfinite(value) else None
