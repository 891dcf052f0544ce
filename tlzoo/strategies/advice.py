"""Options of strategies whose defaults a head may change: not all heads learn at the rates of a classifier."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args

from pydantic import PositiveFloat

from tlzoo.strategies.contract import Strategy

__all__ = ["Advised", "HeadRate", "TunedRate", "advised"]


@dataclass(frozen=True, slots=True)
class Advised:
    """Marks an option, or a place of one that is a tuple, as one for which heads may advise another default."""

    name: str


HeadRate = Annotated[PositiveFloat, Advised("head_rate")]
"""The learning rate of a new head that trains alone."""

TunedRate = Annotated[PositiveFloat, Advised("tuned_rate")]
"""The learning rate of what was learned before, once it trains too."""

_Given = TypeVar("_Given", bound=Strategy)


def advised(strategy: _Given, given: Collection[str], advice: Mapping[str, float]) -> _Given:
    """Return the strategy with what a head advises (``Head.advises``) in place of defaults.

    ``given`` names the options that somebody gave: those stay as they are.
    """
    changed = {
        name: _taken(getattr(strategy, name), field.annotation, field.metadata, advice)
        for name, field in type(strategy).model_fields.items()
        if name not in given
    }
    return strategy.model_copy(update=changed)


def _taken(value: Any, annotation: Any, metadata: Collection[Any], advice: Mapping[str, float]) -> Any:
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
