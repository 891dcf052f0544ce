"""Facts of a run for its strategy."""

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
    raise UsageError(f"the probe {probe.kind!r} needs a run", "use it in a strategy of a run")


def _unheard(_text: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Job:
    """Facts for a strategy, before and between phases.

    ``budget`` is that of the run, in the trainer's ``unit`` ("epochs" or "steps"). ``examples`` is the number of
    samples of each split, with ``target`` for unlabelled ones of another domain if any; ``labels_per_class`` is the
    smallest number of training labels of a class; for regression, of training samples. ``seconds`` is the time
    limit of the run, if set; only the strategy observes it. ``probe`` runs a measurement on the
    data or the model; the answer is stored in the journal, and a resumed run gets the same one. ``tell`` reports to
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
        """Whether there is a validation split: without it every score is NaN."""
        return self.examples.get("validation", 0) > 0
