"""``tlzoo plugins``: which are installed, and whether they work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .output import note, print_json, print_table
from .parsing import common_arguments

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = "tlzoo plugins list"


def add_arguments(parser: ArgumentParser) -> None:
    """Add ``list``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list installed plugins and whether they work")
    common_arguments(listing)


def run(arguments: Namespace) -> None:
    """Load every plugin, so that what does not work is seen, and print them all."""
    from tlzoo.plugins import plugins

    installed = plugins()
    rows: list[dict[str, Any]] = []
    for name in [plugin.name for plugin in installed.all()]:
        plugin = installed.load(name)
        rows.append(
            {
                "name": name,
                "version": plugin.version,
                "status": plugin.status,
                "entries": len(plugin.registry.entries) if plugin.registry else 0,
                "error": plugin.reason,
                "fix": plugin.fix,
            }
        )
    if arguments.json:
        print_json(rows)
        return
    print_table(
        ["plugin", "version", "status", "entries"],
        ([row["name"], row["version"], row["status"], str(row["entries"])] for row in rows),
        right=["entries"],
    )
    for row in rows:
        if row["error"]:
            note(f"{row['name']}: {row['error']}; {row['fix']}", quiet=arguments.quiet)
