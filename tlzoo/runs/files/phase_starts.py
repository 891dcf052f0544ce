"""Which phase each phase of a run starts from, and which ones the final weights come from, by the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tlzoo.runs.files.journal import Journal

__all__ = ["PhaseStarts", "read_phase_starts"]


@dataclass(frozen=True, slots=True)
class PhaseStarts:
    """Positions of phases.

    ``starts`` has the phase that provides the initial weights of each phase; -1 is the start of the run. ``discarded``
    are the phases that the final weights do not come from, once they are known.
    """

    starts: dict[int, int]
    discarded: frozenset[int]


def read_phase_starts(journal: Journal) -> PhaseStarts:
    """Return the order of the phases that have a plan in the journal."""
    plans = [each for each in journal.events if each["event"] == "plan"]
    results = [each for each in journal.events if each["event"] == "result"]
    places = {str(each["result"]["checkpoint"]): int(each["position"]) for each in results}
    starts = {int(each["position"]): places.get(_start(each), -1) for each in plans}
    last = journal.find("kept")
    if last is None:
        return PhaseStarts(starts, frozenset())
    kept: set[int] = set()
    place = places.get(str(last["checkpoint"]), -1)
    while place >= 0 and place not in kept:
        kept.add(place)
        place = starts.get(place, -1)
    return PhaseStarts(starts, frozenset(starts.keys() - kept))


def _start(plan: Mapping[str, Any]) -> str:
    phase = plan.get("phase")
    return str(phase.get("start")) if isinstance(phase, Mapping) else ""
