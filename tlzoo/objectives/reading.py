"""Lookup of objectives by name, as registered by plugins or written in journals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.objectives.contract import Objective

__all__ = ["find_objective", "read_objective"]

_CORE = "tlzoo"


def find_objective(name: str) -> type[Objective]:
    """Return the objective with a registered name, such as ``acme-pets/robust``; those of the core need no namespace.

    Raises UsageError for an unknown name.

    >>> find_objective("coral") is find_objective("tlzoo/coral")
    True
    """
    full = name if "/" in name else f"{_CORE}/{name}"
    known = _registered(_CORE)
    if full not in known:
        known |= _registered(None)
    if full not in known:
        short = [each.removeprefix(f"{_CORE}/") for each in known]
        raise UsageError(f"unknown objective {name!r}", did_you_mean(name, short))
    return known[full]


def read_objective(value: Any) -> Any:
    """Return the objective for a name, or a mapping with a name and options; return other values unchanged.

    A journal has ``{"kind": "acme-pets/robust", "q": 0.5}``. Without a namespace, it is the name of a class: one of the
    core, or the last one defined in this process. Raises ValueError for an unknown name.

    >>> read_objective({"name": "coral", "weight": 2.0}) == read_objective({"kind": "Coral", "weight": 2.0})
    True
    """
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, Mapping) or not ("kind" in value or "name" in value):
        return value
    options = dict(value)
    try:
        cls = _class_named(options.pop("kind")) if "kind" in options else find_objective(options.pop("name"))
    except UsageError as error:
        raise ValueError(str(error)) from error
    return cls.model_validate(options)


def _class_named(kind: str) -> type[Objective]:
    if "/" in kind:
        return find_objective(kind)
    of_core = _registered(_CORE).values()
    known = {cls.__name__: cls for cls in (*_below(Objective), *of_core)}
    if kind not in known:
        raise UsageError(f"unknown objective {kind!r}", did_you_mean(kind, known))
    return known[kind]


def _registered(plugin: str | None) -> dict[str, type[Objective]]:
    from tlzoo.plugins import registered

    return {each.name: each.value for each in registered("tlzoo_objectives", plugin=plugin)}


def _below(cls: Any) -> Iterator[type[Objective]]:
    for each in cls.__subclasses__():
        yield each
        yield from _below(each)
