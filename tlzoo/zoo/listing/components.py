"""Components that plugins register for a hook (heads, strategies, adapters, …), with their options."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.tabular import Table, Tabular
from tlzoo.zoo.listing.options import Option, options_of

if TYPE_CHECKING:
    from tlzoo.plugins import Registered

__all__ = [
    "Component",
    "Components",
    "components_of",
    "described",
    "named",
    "summary_of",
    "takes_of",
    "usable_options",
]


@dataclass(frozen=True, slots=True)
class Component:
    """One head, strategy, adapter, score, objective, task or tracker.

    ``options`` has a mapping of plain values per option. A head also has ``takes``, such as ``map``, and may have
    ``advises``, defaults for options of strategies.
    """

    name: str
    plugin: str
    summary: str
    object: str
    options: tuple[dict[str, Any], ...]
    takes: str = ""
    advises: Mapping[str, float | str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return one element of ``tlzoo heads --json``; ``takes`` and ``advises`` only if the component has them."""
        facts = {
            "name": self.name,
            "plugin": self.plugin,
            "summary": self.summary,
            "object": self.object,
            "options": list(self.options),
        }
        more = {"takes": self.takes, "advises": dict(self.advises)}
        return facts | {name: value for name, value in more.items() if value}


@dataclass(frozen=True, repr=False)
class Components(Tabular, Sequence[Component]):
    """The components of a hook. ``what`` is the noun, such as ``head``."""

    what: str
    items: tuple[Component, ...]

    @overload
    def __getitem__(self, index: int) -> Component: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Component]: ...
    def __getitem__(self, index: int | slice) -> Component | Sequence[Component]:
        """Return the component at a position."""
        return self.items[index]

    def __len__(self) -> int:
        """Return the number of components."""
        return len(self.items)

    def to_records(self) -> list[dict[str, Any]]:
        """Return name, plugin, summary, class and options of each component, and the input of heads."""
        return [each.to_json() for each in self.items]

    def table(self) -> Table:
        """Return name, plugin and summary of each component, and the input of heads."""
        takes = ("takes",) if any(each.takes for each in self.items) else ()
        rows = [(each.name, each.plugin, *([each.takes] if takes else []), each.summary) for each in self.items]
        return Table((self.what, "plugin", *takes, "summary"), rows)


def components_of(hook: str, what: str, name: str | None = None) -> Components:
    """Return the components of a hook, or the named one; raise UsageError for an unknown name."""
    from tlzoo.plugins import registered

    found = registered(hook)
    if name is not None:
        found = named(found, what, name)
    return Components(what, tuple(map(described, found)))


def named(found: Sequence[Registered], what: str, name: str) -> list[Registered]:
    """Return the named component; the core's need no namespace. Raise UsageError for an unknown name."""
    chosen = [each for each in found if each.name in {name, f"tlzoo/{name}"}]
    if not chosen:
        raise UsageError(f"no {what} {name!r}", did_you_mean(name, [each.name for each in found]))
    return chosen


def described(each: Registered) -> Component:
    """Return name, plugin, summary, class and options of a component."""
    made_of = each.value if hasattr(each.value, "__qualname__") else type(each.value)
    return Component(
        each.name,
        each.plugin,
        summary_of(each),
        f"{made_of.__module__}:{made_of.__qualname__}",
        tuple(option.to_json() for option in usable_options(each)),
        takes_of(each),
        dict(getattr(each.value, "advises", {})),
    )


def takes_of(each: Registered) -> str:
    """Return the input of a head, such as a map; "" for other components."""
    return str(getattr(each.value, "takes", ""))


def usable_options(each: Registered) -> list[Option]:
    """Return the options, without ``pooling`` for a head that does not take a vector."""
    unused = {"pooling"} if takes_of(each) not in {"", "vector"} else set()
    return [option for option in options_of(each.value) if option.name not in unused]


def summary_of(each: Registered) -> str:
    """Return the first paragraph of the docstring, on one line."""
    return " ".join(inspect.cleandoc(each.value.__doc__ or "").partition("\n\n")[0].split())
