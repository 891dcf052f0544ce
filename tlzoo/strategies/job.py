"""What a strategy may know of the run it is part of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from tlzoo.backbones.contract import Backbone
    from tlzoo.backbones.selection import Parts
    from tlzoo.strategies.probes import Answer, Probe

__all__ = ["Job"]


def _nobody(probe: Probe) -> Answer:
    raise UsageError(f"nobody answers {probe.kind!r} here", "a strategy may ask while it is part of a run")


def _unheard(_text: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Job:
    """What a strategy may look at before and between phases.

    ``budget`` is the run's, in the trainer's ``unit`` ("epochs" or "steps"). ``examples`` counts the samples of each
    split, and under ``target`` the unlabelled ones of another domain if there are any; ``labels_per_class`` is the
    smallest number of training labels that a class has, of numbers how many samples are trained on. ``seconds`` is how
    long the run may take, where its user said so: nobody but the strategy heeds it. ``probe`` asks a question of the
    data or the model; the answer goes to the journal, and a resumed run gets the same one. ``tell`` says something to
    the user, such as why it goes on as it does; it is in the report, too. ``batch_size`` is the run's. ``image_size``
    is height and width, in pixels, of the images of use, None where these are not square or there are none;
    ``smallest_image_size`` is how small a phase may ask for them, None where the backbone takes one size alone.
    ``least`` is the fewest units that a phase can train for.
    """

    backbone: Backbone
    parts: Parts
    unit: str
    budget: int
    seed: int
    examples: Mapping[str, int]
    labels_per_class: int
    seconds: float | None = None
    batch_size: int = 32
    image_size: int | None = None
    smallest_image_size: int | None = None
    least: int = 1
    probe: Callable[[Probe], Answer] = field(default=_nobody)
    tell: Callable[[str], None] = field(default=_unheard)

    @property
    def has_validation(self) -> bool:
        """Whether phases can be judged: without validation samples every score is NaN."""
        return self.examples.get("validation", 0) > 0
