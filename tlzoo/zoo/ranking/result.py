"""Result of a ranking, as plain values."""

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
    """Accuracy by number of labels: measured, and expected for more labels by a fitted power law.

    ``measured`` and ``expected`` map a number of labels to accuracy (0 to 1); ``intervals`` are 95 % confidence
    intervals of ``expected``. ``expected`` is empty if there are too few points for a fit.
    """

    measured: Mapping[int, float]
    expected: Mapping[int, float]
    intervals: Mapping[int, Interval]

    def to_json(self) -> dict[str, Any]:
        """Return arrays of ``labels``, ``accuracy`` and, for expected values, ``interval``."""
        return {
            "measured": [{"labels": count, "accuracy": value} for count, value in self.measured.items()],
            "expected": [
                {"labels": count, "accuracy": value, "interval": list(self.intervals[count])}
                for count, value in self.expected.items()
            ],
        }


@dataclass(frozen=True, slots=True)
class Ranked:
    """A ranked entry.

    ``scores`` and ``intervals`` (95 %) are by name of score; NaN means undefined. ``group`` counts from 1: entries of a
    group do not differ significantly from its first entry. ``samples`` is the number of samples it was scored on.
    ``cost`` has ``latency_ms`` (one prediction, this machine), ``throughput`` (samples per second), ``parameters``,
    ``flops``, ``bytes`` and ``feature_size``; None if unknown. ``front``: no other entry is both better and faster.
    ``reported`` has published metrics. ``warnings`` are mismatches between the entry and the data.
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
        """Return plain values; NaN becomes null."""
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
    """A baseline for comparison: ``name`` describes it."""

    name: str
    scores: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"name": self.name, "scores": {name: number(value) for name, value in self.scores.items()}}


@dataclass(frozen=True, slots=True)
class Unranked:
    """An entry that was not ranked, with reason and fix."""

    id: str
    reason: str
    fix: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"id": self.id, "reason": self.reason, "fix": self.fix}


@dataclass(frozen=True, slots=True, repr=False)
class Ranking(Tabular):
    """Ranked entries, best first, with context.

    ``by`` is the score to sort by. ``samples`` of ``available`` labelled samples were drawn, never from the test split.
    ``maps`` has, if requested, a plane for each entry: float (n, 2) of the first n samples; ``mapped`` has their class
    and name.
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
        """The names of all scores of any entry, the one to sort by first."""
        names = dict.fromkeys(name for each in self.entries for name in each.scores)
        return sorted(names, key=lambda name: name != self.by)

    @property
    def tied(self) -> list[str]:
        """The ids of the first group: the best entry and those that do not differ significantly from it."""
        return [each.id for each in self.entries if each.group == 1]

    def to_records(self) -> list[dict[str, Any]]:
        """Return a mapping for each entry, best first: group, id, scores with intervals, and cost."""
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
        """Return the entries, best first, followed by the baselines."""
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
    """Return a finite number, and None for others, as JSON requires."""
    return value if math.isfinite(value) else None
