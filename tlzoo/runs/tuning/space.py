"""Search space: names of options with their possible values."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.runs.recipe import Recipe

if TYPE_CHECKING:
    from tlzoo.runs.opening.open_recipe import Opened

__all__ = ["Axis", "Choice", "Range", "default_space", "nearest", "parse_axis", "value_of", "with_axes", "with_values"]

_FIELDS = ("batch_size", "epochs", "image_size", "loss", "optimizer", "precision", "sequence_length", "steps")
"""Recipe fields that a search may change, which keep the data and its splits."""
_PARTS = ("strategy", "head", "augment")
_RANGE = re.compile(r"(?P<low>[^.]\S*?)\.\.(?P<high>[^:]+?)(?P<log>:log)?")


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``low`` to ``high``, inclusive, on a linear or logarithmic scale; only integers if ``whole``."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __str__(self) -> str:
        return f"{self.low:g}..{self.high:g}" + (":log" if self.log else "")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values: words, numbers or lists. A single value is fixed."""

    values: tuple[Any, ...]

    def __str__(self) -> str:
        return ",".join(each if isinstance(each, str) else json.dumps(each) for each in self.values)


Axis = Range | Choice


def parse_axis(text: str) -> Axis:
    """Parse ``1e-5..1e-2:log``, ``2..5`` or ``16,32,64``; raise UsageError for invalid text.

    >>> parse_axis("1e-5..1e-2:log")
    Range(low=1e-05, high=0.01, log=True, whole=False)
    >>> parse_axis("1,2,all")
    Choice(values=(1, 2, 'all'))
    """
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return Choice(_values(text))
    low, high, log = _number(found["low"], text), _number(found["high"], text), found["log"] is not None
    if not low < high or (log and low <= 0):
        raise UsageError(
            f"{text!r} is not a valid range", "the first number must be the smaller one, and above 0 with :log"
        )
    return Range(low, high, log=log, whole=isinstance(low, int) and isinstance(high, int))


def default_space(opened: Opened) -> dict[str, Axis]:
    """Return the default search space around the recipe's learning rates, regularization and batch size.

    Learning rates range from 1/30 to 10 times that of the recipe, on a logarithmic scale. If a strategy has the options
    ``weight_decay``, ``unfreeze``, ``decay`` and ``solver``, or a head has ``dropout``, they are included.
    """
    space: dict[str, Axis] = {}
    for name, value in opened.strategy.model_dump(mode="json").items():
        if name == "rate" or name.endswith("_rate"):
            space |= {f"strategy.{name}": _around(value)} if _is_number(value) else {}
        elif name == "rates" and opened.strategy.weights == "pretrained":  # from-scratch has its own rates
            space |= {f"strategy.rates.{place}": _around(each) for place, each in enumerate(value)}
        elif name == "weight_decay":
            space["strategy.weight_decay"] = Range(1e-3, 0.3, log=True)
        elif name == "unfreeze":
            space["strategy.unfreeze"] = Choice(tuple(dict.fromkeys((value, 1, 2, "all"))))
        elif name == "decay":
            space["strategy.decay"] = Range(0.3, 1.0)
        elif name == "solver":
            space["strategy.solver"] = Choice(("lbfgs", "gradient"))
    dropout = opened.head.model_dump().get("dropout")
    if dropout is not None:  # a choice, as a head with dropout cannot be fitted to convergence
        space["head.dropout"] = Choice(tuple(dict.fromkeys((dropout, 0.0, 0.2, 0.5))))
    size = opened.recipe.batch_size or 32
    sizes = tuple(each for each in (size // 2, size, size * 2) if 4 <= each <= opened.sizes["train"])  # noqa: PLR2004
    return space | {"batch_size": Choice(sizes or (size,))}


def with_axes(space: Mapping[str, Axis], asked: Mapping[str, str], opened: Opened) -> dict[str, Axis]:
    """Replace or add axes that the user gave; raise UsageError for a name that the recipe does not use."""
    return dict(space) | {_full_name(name, opened): parse_axis(text) for name, text in asked.items()}


def value_of(recipe: Recipe, name: str) -> Any:
    """Return the recipe's value of a name in the space; the recipe has complete options."""
    part, _, option = name.partition(".")
    if not option:
        return getattr(recipe, name)
    option, _, place = option.partition(".")
    value = getattr(recipe, part).options.get(option)
    return value[int(place)] if place else value


def with_values(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """Return the recipe with these values by name; raise pydantic's ValidationError for a wrong type."""
    plain = recipe.model_dump(mode="json")
    for name, value in values.items():
        part, _, option = name.partition(".")
        option, _, place = option.partition(".")
        if not option:
            plain[name] = value
        elif place:
            plain[part][option] = [*plain[part][option]]
            plain[part][option][int(place)] = value
        else:
            plain[part][option] = value
    return Recipe.model_validate(plain)


def nearest(axis: Axis, value: Any) -> Any:
    """Return the value on an axis nearest to a value: itself, an end of the range, or the first choice."""
    if isinstance(axis, Choice):
        return axis.values[axis.values.index(value) if value in axis.values else 0]
    held = min(max(value, axis.low), axis.high) if _is_number(value) else axis.low
    return int(held) if axis.whole else float(held)


def _full_name(name: str, opened: Opened) -> str:
    """Return ``strategy.rate`` for ``rate``: recipe fields come first, then options of the strategy, then others."""
    first, _, rest = name.partition(".")
    if name in _FIELDS:
        return name
    known = {part: _options(opened, part) for part in _PARTS}
    candidates = [(first, rest)] if first in _PARTS else [(part, name) for part in _PARTS]
    for part, option in candidates:
        value, place = known[part].get(option.partition(".")[0], _MISSING), option.partition(".")[2]
        if value is _MISSING:
            continue
        if not place or (isinstance(value, list) and place.isdigit() and int(place) < len(value)):
            return f"{part}.{option}"
    every = dict.fromkeys([*_FIELDS, *(option for part in _PARTS for option in known[part])])
    raise UsageError(f"cannot tune {name!r}: no such option", did_you_mean(name, every))


_MISSING = object()


def _options(opened: Opened, part: str) -> Mapping[str, Any]:
    options: Mapping[str, Any] = getattr(opened.recipe, part).options
    return options


def _around(value: float) -> Range:
    return Range(_rounded(value / 30), _rounded(min(value * 10, 1.0)), log=True)


def _rounded(value: float) -> float:
    """Return a number with three significant digits, in its usual notation."""
    return float(f"{value:.3g}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _number(text: str, whole: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"{whole!r} is not a valid range", "use, for example, 1e-5..1e-2:log, or values: 16,32,64"
        ) from None


def _values(text: str) -> tuple[Any, ...]:
    """Return comma-separated TOML values, or words."""
    if not text.strip():
        raise UsageError("the search space has no values", "use, for example, rate=1e-5..1e-2:log or batch_size=16,32")
    try:
        return tuple(tomllib.loads(f"values = [{text}]")["values"])
    except (ValueError, RecursionError):  # not TOML, too many digits, or nested too deeply
        return tuple(_value(each.strip()) for each in text.split(","))


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # not TOML, too many digits, or nested too deeply
        return text
