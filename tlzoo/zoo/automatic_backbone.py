"""A backbone for who names none: of the entries that can be used at once, by closeness, size and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.durations import format_duration
from tlzoo.errors import UsageError
from tlzoo.modalities import require_modality
from tlzoo.progress import Progress, Silent
from tlzoo.strategies import Closeness

if TYPE_CHECKING:
    from tlzoo.data import Samples
    from tlzoo.registry import Entry
    from tlzoo.runs import Recipe

__all__ = ["AUTO", "choose_backbone"]

AUTO = "auto"
"""What a recipe names as its backbone where it leaves the choice."""

_SHARE = 0.5
"""Share of the time that training the head alone on a backbone may take."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    entry: Entry
    distance: float | None

    @property
    def parameters(self) -> int:
        return 0 if self.entry.measured is None else self.entry.measured.parameters

    @property
    def rank(self) -> tuple[int, int]:
        """The lowest is tried first: close before unknown before far, and within each the largest.

        The closeness of an experimental entry is no reason to prefer it.
        """
        if self.distance is not None and self.distance >= Closeness.CLOSE:
            return 2, -self.parameters
        return (1 if self.distance is None or self.entry.experimental else 0), -self.parameters


def choose_backbone(recipe: Recipe, progress: Progress | None = None) -> Recipe:
    """Return the recipe with a backbone in the place of ``"auto"``, having told why it was taken; any other as it is.

    Candidates are the entries of the data's modality whose plugin is installed and whose files are on this machine:
    the closest by the statistics of their training data, which do not count for experimental entries; then the largest
    (better features transfer better: Kornblith et al. 2019, arXiv 1805.08974), as long as training a head on it is
    estimated to take less than half of the recipe's budget of time. Raises UsageError where there is none.
    """
    from tlzoo.runs import open_source
    from tlzoo.runs.opening.components import find_exporters

    if recipe.backbone != AUTO:
        return recipe
    find_exporters(recipe.export)  # an unknown format is refused before the data are read
    progress = progress or Silent()
    candidates = _candidates(open_source(recipe.data, progress, recipe.missing))
    chosen, seconds = _first_in_time(candidates, recipe, progress)
    progress.note(_why(chosen, len(candidates), seconds, recipe.seconds))
    return recipe.model_copy(update={"backbone": chosen.entry.id})


def _candidates(samples: Samples) -> list[_Candidate]:
    from tlzoo.data import distance
    from tlzoo.zoo.ranking.candidates import find_candidates

    modality = samples.examples.modality
    usable = [
        entry for entry in find_candidates((), None, samples.examples).entries if entry.files
    ]  # not an architecture alone
    if not usable:
        raise UsageError(
            f"no backbone for {modality} is on this machine",
            f"`tlzoo list --modality {modality}` lists them, and `tlzoo fetch ENTRY` gets one",
        )
    ours = require_modality(modality).statistics(samples.examples, np.arange(len(samples.examples)))
    found = [
        _Candidate(entry, distance(ours, entry.training.statistics) if entry.training is not None else None)
        for entry in usable
    ]
    return sorted(found, key=lambda each: (*each.rank, each.entry.id))


def _first_in_time(candidates: list[_Candidate], recipe: Recipe, progress: Progress) -> tuple[_Candidate, float | None]:
    """Return the first whose head trains in its share of the time, and in how many seconds; else the last."""
    if recipe.seconds is None:
        return candidates[0], None
    for candidate in candidates[:-1]:
        seconds = _seconds_of_a_head(recipe, candidate.entry, progress)
        if seconds is None or seconds <= _SHARE * recipe.seconds:
            return candidate, seconds
    return candidates[-1], None


def _seconds_of_a_head(recipe: Recipe, entry: Entry, progress: Progress) -> float | None:
    """Return how long training the head alone is estimated to take; None where there is no telling."""
    from tlzoo.runs import Named, explain

    alone = {"backbone": entry.id, "strategy": Named(name="feature-extraction"), "budget": None}
    seconds: float | None = explain(recipe.model_copy(update=alone), progress=progress)["phases"][0]["seconds"]
    return seconds


def _why(candidate: _Candidate, among: int, seconds: float | None, budget: float | None) -> str:
    """Return the reason in two sentences, the second with the figures."""
    entry, distance = candidate.entry, candidate.distance
    if among == 1:
        first = f"{entry.id} is the only backbone for this data on this machine"
    elif distance is None:
        first = f"{entry.id} is the largest of {among} backbones on this machine that might suit"
    else:
        how = "looks like" if distance < Closeness.CLOSE else "is nearest to, if not near,"
        first = f"the data {how} what {entry.id} was trained on, of {among} backbones on this machine"
    known = "unknown" if distance is None else f"{distance:.2f} (under {Closeness.CLOSE:g} is close)"
    time = ""
    if seconds is not None and budget is not None:
        time = f", its head trains in about {format_duration(seconds, estimate=True)} of {format_duration(budget)}"
    return f"{first}. Distance to its source data {known}, {candidate.parameters / 1e6:.1f} M parameters{time}"
