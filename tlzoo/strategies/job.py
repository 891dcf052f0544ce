"""What a strategy may know of the run it is part of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone

__all__ = ["Job", "Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """The variables of a model by part: paths of the head's, and of each stage's from input to output."""

    head: frozenset[str]
    stages: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Job:
    """What a strategy may look at before and between phases.

    ``budget`` is the run's, in the trainer's ``unit`` ("epochs" or "steps"). ``examples`` counts the samples of each split;
    ``labels_per_class`` is the smallest number of training labels that a class has.
    """

    backbone: Backbone
    parts: Parts
    unit: str
    budget: int
    seed: int
    examples: Mapping[str, int]
    labels_per_class: int

    @property
    def has_validation(self) -> bool:
        """Whether phases can be judged: without validation samples every score is NaN."""
        return self.examples.get("validation", 0) > 0
