"""Strategy options with defaults by head: not all heads train like a classifier."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args

from pydantic import Field, PositiveFloat, PositiveInt

from tlzoo.strategies.contract import Strategy

__all__ = ["Advised", "HeadRate", "HeadShare", "TunedRate", "Unfreeze", "advised"]


@dataclass(frozen=True, slots=True)
class Advised:
    """Marks an option, or an element of a tuple option, for which heads may set another default."""

    name: str


HeadRate = Annotated[PositiveFloat, Advised("head_rate")]
"""The learning rate of a new head on a frozen backbone."""

TunedRate = Annotated[PositiveFloat, Advised("tuned_rate")]
"""The learning rate of pretrained variables after unfreezing."""

HeadShare = Annotated[float, Field(ge=0, lt=1), Advised("head_share")]
"""The share of the budget in which the head trains alone; 0 for none."""

Unfreeze = Annotated[PositiveInt | str, Advised("unfreeze")]
"""The stages to unfreeze: their number from the top, ``all``, or the name of the lowest one."""

_Given = TypeVar("_Given", bound=Strategy)


def advised(strategy: _Given, given: Collection[str], advice: Mapping[str, float | str]) -> _Given:
    """Return the strategy with the defaults of a head or a modality (``Head.advises``, ``Modality.advises``).

    ``given`` are the options set by the user, which are kept.
    """
    changed = {
        name: _taken(getattr(strategy, name), field.annotation, field.metadata, advice)
        for name, field in type(strategy).model_fields.items()
        if name not in given
    }
    return strategy.model_copy(update=changed)


def _taken(value: Any, annotation: Any, metadata: Collection[Any], advice: Mapping[str, float | str]) -> Any:
    if isinstance(value, tuple):
        places = get_args(annotation)
        if len(places) != len(value):
            return value
        return tuple(
            _taken(each, None, getattr(place, "__metadata__", ()), advice)
            for each, place in zip(value, places, strict=True)
        )
    names = [each.name for each in metadata if isinstance(each, Advised)]
    return next((advice[name] for name in names if name in advice), value)
