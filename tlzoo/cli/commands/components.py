"""``tlzoo strategies``, ``heads``, ``objectives`` and others: what plugins give for a hook, with its options."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.cli.output import note, print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.zoo.listing.components import described, named, summary_of
from tlzoo.zoo.listing.options import Option, options_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tlzoo.plugins import Registered

__all__ = [
    "ADAPTERS",
    "HEADS",
    "OBJECTIVES",
    "SCORES",
    "STRATEGIES",
    "TASKS",
    "Components",
    "add_name",
    "show_registered",
]


def add_name(parser: ArgumentParser, what: str) -> None:
    """Add the name, which may be left out, and the common arguments."""
    parser.add_argument("name", metavar="NAME", nargs="?", help=f"show this {what} with its options")
    common_arguments(parser)


def show_registered(hook: str, what: str, arguments: Namespace) -> None:
    """Print what is registered for a hook, or the one of that name with its options; refuse an unknown name."""
    from tlzoo.plugins import plugins, registered

    found = registered(hook)
    for plugin in plugins().all():
        if plugin.status in {"broken", "conflict"}:
            note(
                f"left out: plugin {plugin.name}, {plugin.status}: {plugin.reason}; {plugin.fix}", quiet=arguments.quiet
            )
    name: str | None = arguments.name
    if name is not None:
        found = named(found, what, name)
    if arguments.json:
        print_json([_facts(each) for each in found])
    elif name is not None:
        _print_one(found[0])
    else:
        takes = ["takes"] if any(map(takes_of, found)) else []
        rows = ([each.name, each.plugin, *([takes_of(each)] if takes else []), summary_of(each)] for each in found)
        print_table([what, "plugin", *takes, "summary"], rows)


def _facts(each: Registered) -> dict[str, Any]:
    return described(each) | ({"advises": advice} if (advice := _advice(each)) else {})


def _advice(each: Registered) -> dict[str, float]:
    """Return what a head advises strategies; nothing for what is no head."""
    return dict(getattr(each.value, "advises", {}))


def _print_one(each: Registered) -> None:
    print_line(f"{each.name} ({each.plugin})\n\n{_text(each)}")
    if takes := _takes(each):
        print_line(f"\nIt takes a {takes}.")
    options = _options(each)
    if options:
        print_line()
        print_table(["option", "type", "default", "description"], map(_row, options))
    if advice := _advice(each):
        said = ", ".join(f"{name} {value:g}" for name, value in advice.items())
        print_line(f"\nUnder it, strategies' defaults are {said}.")


def _row(option: Option) -> list[str]:
    return [option.name, option.type, option.default_text, option.description]


def _text(each: Registered) -> str:
    return inspect.cleandoc(each.value.__doc__ or "")


@dataclass(frozen=True, slots=True)
class Components:
    """A command that lists what plugins give for one hook."""

    hook: str
    what: str
    EXAMPLE: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the name."""
        add_name(parser, self.what)

    def run(self, arguments: Namespace) -> None:
        """Print them all, or one with its options."""
        show_registered(self.hook, self.what, arguments)


STRATEGIES = Components("tlzoo_strategies", "strategy", "tlzoo strategies multi-step")
HEADS = Components("tlzoo_heads", "head", "tlzoo heads mlp")
ADAPTERS = Components("tlzoo_data_adapters", "data adapter", "tlzoo adapters arrays")
SCORES = Components("tlzoo_scores", "score", "tlzoo scores logme")
OBJECTIVES = Components("tlzoo_objectives", "objective", "tlzoo objectives tlzoo/coral")
TASKS = Components("tlzoo_tasks", "task", "tlzoo tasks regression")
