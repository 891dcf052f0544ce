"""Test samples whose answers differ between runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tlzoo.runs.comparison.compared_run import ComparedRun

__all__ = ["ChangedSample", "Changes", "changed_answers"]


@dataclass(frozen=True, slots=True)
class ChangedSample:
    """A sample with different answers: its position, name, label, and the answer of each run."""

    position: int
    name: str
    label: str
    answers: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Return an element of ``changed`` in ``tlzoo runs compare --json``."""
        return {"input": self.name, "label": self.label, "answers": list(self.answers)}


@dataclass(frozen=True, slots=True)
class Changes:
    """The number of samples with different answers, and those whose quality differs most."""

    count: int
    samples: Sequence[ChangedSample]


def changed_answers(runs: Sequence[ComparedRun], limit: int | None = None) -> Changes:
    """Return the samples of aligned runs with different answers, the largest change of quality first.

    Answers that are equally good or bad come last. ``limit`` is the largest number of listed samples.
    """
    first = runs[0].outcomes
    differs = np.zeros(first.count, bool)
    for other in runs[1:]:
        unequal = first.keys != other.outcomes.keys
        differs |= unequal.reshape(first.count, -1).any(axis=1)
    quality = np.stack([each.outcomes.quality for each in runs])
    positions = np.flatnonzero(differs)
    order = np.argsort(-np.ptp(quality[:, positions], axis=0), kind="stable")
    shown = positions[order][:limit]
    return Changes(len(positions), [_sample(runs, int(each)) for each in shown])


def _sample(runs: Sequence[ComparedRun], position: int) -> ChangedSample:
    shown = [each.outcomes.show(position) for each in runs]
    return ChangedSample(position, runs[0].answers.names[position], shown[0][0], [answer for _, answer in shown])
