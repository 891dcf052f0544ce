"""Objectives as a journal has them: the name of their class, and their options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tlzoo.objectives.adabn import AdaBN
from tlzoo.objectives.contract import Objective

__all__ = ["read_objective"]


def read_objective(value: Any) -> Any:
    """Return the objective that ``{"kind": "Coral", "weight": 2.0}`` says; anything else as it is.

    Classes are found by name among those that this process has defined, the last of a name first. Raises ValueError for
    a name that none of them has.
    """
    if not isinstance(value, Mapping) or "kind" not in value:
        return value
    known: dict[str, Any] = {"AdaBN": AdaBN} | {cls.__name__: cls for cls in _below(Objective)}
    kind = value["kind"]
    if kind not in known:
        raise ValueError(f"no objective {kind!r}; there are: {', '.join(sorted(known))}")
    return known[kind].model_validate({key: each for key, each in value.items() if key != "kind"})


def _below(cls: Any) -> Iterator[type[Objective]]:
    for each in cls.__subclasses__():
        yield each
        yield from _below(each)
