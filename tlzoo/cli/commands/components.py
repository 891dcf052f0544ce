"""``tlzoo strategies``, ``heads``, ``objectives`` and others: the components of one hook, with their options."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlzoo.cli.output import note, print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.zoo.listing.components import Component, Components, described, named, usable_options

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tlzoo.plugins import Registered
    from tlzoo.zoo.listing.options import Option

__all__ = [
    "ADAPTERS",
    "EXPORTERS",
    "HEADS",
    "OBJECTIVES",
    "SCORES",
    "TASKS",
    "TRACKERS",
    "ComponentsCommand",
    "add_name",
    "show_registered",
]


def add_name(parser: ArgumentParser, what: str) -> None:
    """Add the optional name and the common arguments."""
    parser.add_argument("name", metavar="NAME", nargs="?", help=f"show only this {what}, with its options")
    common_arguments(parser)


def show_registered(hook: str, what: str, arguments: Namespace) -> None:
    """Print the components of a hook, or one of them with its options; raise an error for an unknown name."""
    from tlzoo.plugins import plugins, registered

    found = registered(hook)
    for plugin in plugins().all():
        if plugin.status in {"broken", "conflict"}:
            note(f"skipped plugin {plugin.name}, {plugin.status}: {plugin.reason}; {plugin.fix}", quiet=arguments.quiet)
    if arguments.name is not None:
        found = named(found, what, arguments.name)
    components = Components(what, tuple(map(described, found)))
    if arguments.json:
        print_json(components.to_records())
    elif arguments.name is not None:
        _print_one(found[0], components[0])
    else:
        table = components.table()
        print_table(table.columns, table.rows)


def _print_one(each: Registered, component: Component) -> None:
    text = inspect.cleandoc(each.value.__doc__ or "")
    print_line(f"{component.name} ({component.plugin})\n\n{text}")
    if component.takes:
        print_line(f"\nTakes a {component.takes}.")
    if options := usable_options(each):
        print_line()
        print_table(["option", "type", "default", "description"], map(_row, options))
    if component.advises:
        said = ", ".join(f"{name} {value}" for name, value in component.advises.items())
        print_line(f"\nDefaults of strategies with it: {said}.")


def _row(option: Option) -> list[str]:
    return [option.name, option.type, option.default_text, option.description]


@dataclass(frozen=True, slots=True)
class ComponentsCommand:
    """A command that lists the components of one hook."""

    hook: str
    what: str
    EXAMPLE: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the name."""
        add_name(parser, self.what)

    def run(self, arguments: Namespace) -> None:
        """Print all components, or one with its options."""
        show_registered(self.hook, self.what, arguments)


HEADS = ComponentsCommand("tlzoo_heads", "head", "tlzoo heads mlp")
ADAPTERS = ComponentsCommand("tlzoo_data_adapters", "data adapter", "tlzoo adapters arrays")
SCORES = ComponentsCommand("tlzoo_scores", "score", "tlzoo scores logme")
OBJECTIVES = ComponentsCommand("tlzoo_objectives", "objective", "tlzoo objectives tlzoo/coral")
TRACKERS = ComponentsCommand("tlzoo_trackers", "tracker", "tlzoo trackers mlflow")
TASKS = ComponentsCommand("tlzoo_tasks", "task", "tlzoo tasks regression")
EXPORTERS = ComponentsCommand("tlzoo_exporters", "exporter", "tlzoo exporters litert")
