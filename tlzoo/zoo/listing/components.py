"""What plugins register for a hook (heads, strategies, adapters, …), with its options, as plain values and a table."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.tabular import Table, Tabular
from tlzoo.zoo.listing.options import options_of

if TYPE_CHECKING:
    from tlzoo.plugins import Registered

__all__ = ["Component", "Components", "components_of", "described", "named", "summary_of"]


@dataclass(frozen=True, slots=True)
class Component:
    """One head, strategy, adapter, score, objective or task. ``options`` are plain values, one mapping for each."""

    name: str
    plugin: str
    summary: str
    object: str
    options: tuple[dict[str, Any], ...]


@dataclass(frozen=True, repr=False)
class Components(Tabular, Sequence[Component]):
    """What is registered for a hook. ``what`` names one, such as ``head``."""

    what: str
    items: tuple[Component, ...]

    @overload
    def __getitem__(self, index: int) -> Component: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Component]: ...
    def __getitem__(self, index: int | slice) -> Component | Sequence[Component]:
        """Return one by its position."""
        return self.items[index]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.items)

    def to_records(self) -> list[dict[str, Any]]:
        """Return name, plugin, summary, class and options of each."""
        return [
            {
                "name": each.name,
                "plugin": each.plugin,
                "summary": each.summary,
                "object": each.object,
                "options": list(each.options),
            }
            for each in self.items
        ]

    def table(self) -> Table:
        """Return name, plugin and summary of each."""
        return Table((self.what, "plugin", "summary"), [(each.name, each.plugin, each.summary) for each in self.items])


def components_of(hook: str, what: str, name: str | None = None) -> Components:
    """Return what is registered for a hook, or the one of that name; raise UsageError for an unknown one."""
    from tlzoo.plugins import registered

    found = registered(hook)
    if name is not None:
        found = named(found, what, name)
    facts = [described(each) for each in found]
    return Components(
        what,
        tuple(
            Component(each["name"], each["plugin"], each["summary"], each["object"], tuple(each["options"]))
            for each in facts
        ),
    )


def named(found: Sequence[Registered], what: str, name: str) -> list[Registered]:
    """Return the one of that name; the core's need no namespace. Raise UsageError for an unknown one."""
    chosen = [each for each in found if each.name in {name, f"tlzoo/{name}"}]
    if not chosen:
        raise UsageError(f"no {what} {name!r}", did_you_mean(name, [each.name for each in found]))
    return chosen


def described(each: Registered) -> dict[str, Any]:
    """Return name, plugin, summary, class and options, as JSON has them."""
    made_of = each.value if hasattr(each.value, "__qualname__") else type(each.value)
    return {
        "name": each.name,
        "plugin": each.plugin,
        "summary": summary_of(each),
        "object": f"{made_of.__module__}:{made_of.__qualname__}",
        "options": [option.to_json() for option in options_of(each.value)],
    }


def summary_of(each: Registered) -> str:
    """Return the first paragraph of its documentation, on one line."""
    return " ".join(inspect.cleandoc(each.value.__doc__ or "").partition("\n\n")[0].split())
