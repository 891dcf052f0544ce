"""Automatic backbone selection, from usable entries by closeness, size and time."""

from __future__ import annotations

from collections.abc import Sequence
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
"""Value of a recipe's backbone for automatic selection."""

_SHARE = 0.5
"""Maximum share of the time budget for training the head on a backbone."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    entry: Entry
    distance: float | None

    @property
    def parameters(self) -> int:
        return 0 if self.entry.measured is None else self.entry.measured.parameters

    @property
    def rank(self) -> tuple[int, int]:
        """Sort key: close before unknown before far, and within each group the largest first.

        Closeness is ignored for experimental entries.
        """
        if self.distance is not None and self.distance >= Closeness.CLOSE:
            return 2, -self.parameters
        return (1 if self.distance is None or self.entry.experimental else 0), -self.parameters


def choose_backbone(recipe: Recipe, progress: Progress | None = None) -> Recipe:
    """Return the recipe with a backbone selected for ``"auto"``, with a note on the reason; other recipes unchanged.

    Candidates are entries for the data's modality with an installed plugin, files on this machine and an allowed
    licence. The first
    criterion is closeness of the training data by their statistics, except for experimental entries. The second is
    size: larger models have better features (Kornblith et al. 2019, arXiv 1805.08974), as long as training a head on
    them is estimated to take less than half of the time budget. Raises UsageError if there is no candidate.
    """
    from tlzoo.runs import open_source
    from tlzoo.runs.opening.exporters import find_exporters

    if recipe.backbone != AUTO:
        return recipe
    find_exporters(recipe.export)  # reports an unknown format before the data are read
    progress = progress or Silent()
    candidates = _candidates(open_source(recipe.data, progress, recipe.missing), recipe.licences)
    chosen, seconds = _first_in_time(candidates, recipe, progress)
    progress.note(_why(chosen, len(candidates), seconds, recipe.seconds))
    return recipe.model_copy(update={"backbone": chosen.entry.id})


def _candidates(samples: Samples, licences: Sequence[str]) -> list[_Candidate]:
    from tlzoo.data import distance
    from tlzoo.zoo.ranking.candidates import find_candidates

    modality = samples.examples.modality
    usable = [
        entry for entry in find_candidates((), None, samples.examples, licences).entries if entry.files
    ]  # excludes architectures without weights
    if not usable:
        allowed = f" with the licence {' or '.join(licences)}" if licences else ""
        raise UsageError(
            f"no backbone for {modality}{allowed} is on this machine",
            f"list backbones with `tlzoo list --modality {modality}`, download one with `tlzoo fetch ENTRY`",
        )
    ours = require_modality(modality).statistics(samples.examples, np.arange(len(samples.examples)))
    found = [
        _Candidate(entry, distance(ours, entry.training.statistics) if entry.training is not None else None)
        for entry in usable
    ]
    return sorted(found, key=lambda each: (*each.rank, each.entry.id))


def _first_in_time(candidates: list[_Candidate], recipe: Recipe, progress: Progress) -> tuple[_Candidate, float | None]:
    """Return the first candidate with a head that trains within its time share, and its seconds; else the last one."""
    if recipe.seconds is None:
        return candidates[0], None
    for candidate in candidates[:-1]:
        seconds = _seconds_of_a_head(recipe, candidate.entry, progress)
        if seconds is None or seconds <= _SHARE * recipe.seconds:
            return candidate, seconds
    return candidates[-1], None


def _seconds_of_a_head(recipe: Recipe, entry: Entry, progress: Progress) -> float | None:
    """Return the estimated seconds of training only the head; None if unknown."""
    from tlzoo.runs import Named, explain

    alone = {"backbone": entry.id, "strategy": Named(name="feature-extraction"), "budget": None}
    seconds: float | None = explain(recipe.model_copy(update=alone), progress=progress)["phases"][0]["seconds"]
    return seconds


def _why(candidate: _Candidate, among: int, seconds: float | None, budget: float | None) -> str:
    """Return the reason in two sentences; the second one has the numbers."""
    entry, distance = candidate.entry, candidate.distance
    if among == 1:
        first = f"{entry.id} is the only backbone for these data on this machine"
    elif distance is None:
        first = f"{entry.id} is the largest of {among} backbones on this machine that may suit the data"
    else:
        how = "are close" if distance < Closeness.CLOSE else "are closest, although not close,"
        first = f"the data {how} to the training data of {entry.id}, among {among} backbones on this machine"
    known = "unknown" if distance is None else f"{distance:.2f} (close: below {Closeness.CLOSE:g})"
    time = ""
    if seconds is not None and budget is not None:
        time = f", training the head takes about {format_duration(seconds, estimate=True)} of {format_duration(budget)}"
    return f"{first}. Distance to its training data: {known}, {candidate.parameters / 1e6:.1f} M parameters{time}"
