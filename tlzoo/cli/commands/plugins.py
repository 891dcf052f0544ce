"""``tlzoo plugins``: which are installed, whether they work, which may be used; installing and removing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.cli.output import note, print_json, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.errors import PluginError, did_you_mean

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tlzoo.plugins import Plugin

EXAMPLE = """\
tlzoo plugins list
tlzoo plugins install tlzoo-text
tlzoo plugins install ./acme_pets-1.0-py3-none-any.whl --dry-run
tlzoo plugins disable acme-pets"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="load installed plugins, and list them with what is wrong")
    listing.add_argument("names", metavar="NAME", nargs="*", help="only these plugins")
    common_arguments(listing)
    installing = actions.add_parser("install", help="install plugins into the environment that tlzoo runs in")
    installing.add_argument(
        "names",
        metavar="PLUGIN",
        nargs="+",
        help="a name that the index knows, a wheel, a plugin's folder, or git+https://…[@REVISION]",
    )
    _changing_arguments(installing)
    uninstalling = actions.add_parser("uninstall", help="remove plugins, also those that cannot be imported")
    uninstalling.add_argument("names", metavar="NAME", nargs="+", help="a plugin's name")
    _changing_arguments(uninstalling)
    syncing = actions.add_parser("sync", help="install again what was installed here and is gone, as after an upgrade")
    _changing_arguments(syncing)
    disabling = actions.add_parser("disable", help="leave a plugin unused until it is enabled again")
    disabling.add_argument("names", metavar="NAME", nargs="+", help="a plugin's name, as `tlzoo plugins list` has it")
    common_arguments(disabling)
    enabling = actions.add_parser("enable", help="use a disabled plugin again")
    enabling.add_argument("names", metavar="NAME", nargs="+", help="a plugin's name")
    common_arguments(enabling)


def run(arguments: Namespace) -> int:
    """Do it, and print the plugins, all or those that were named; return 3 where one was installed and is broken."""
    match arguments.action:
        case "list":
            _list(arguments)
        case "disable" | "enable":
            _switch(arguments)
        case action:
            from . import plugins_install

            rows = getattr(plugins_install, action)(arguments)
            if arguments.json:
                print_json(rows)
            return _BROKEN if any(row["status"] in {"broken", "conflict", "incompatible"} for row in rows) else 0
    return 0


_BROKEN = 3


def _changing_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and change nothing")
    common_arguments(parser)


def _list(arguments: Namespace) -> None:
    """Load every plugin and call its hooks, so that all that fails is shown."""
    from tlzoo.plugins import plugins
    from tlzoo.plugins.scanning import normalized

    found = {plugin.name: plugin for plugin in plugins().examine()}
    wanted = [normalized(name) for name in arguments.names] or list(found)
    for name in wanted:
        if name not in found:
            raise PluginError(f"no plugin {name!r} is installed", did_you_mean(name, found, valid="installed"))
    _print([found[name] for name in wanted], arguments)


def _switch(arguments: Namespace) -> None:
    """Disable or enable; none of a plugin's code is imported, as that may be why."""
    from tlzoo.zoo.listing.plugins import switch_plugins

    _print(switch_plugins(arguments.names, on=arguments.action == "enable"), arguments)


def _print(plugins: list[Plugin], arguments: Namespace) -> None:
    from tlzoo.zoo.listing.plugins import PluginList

    rows = PluginList(tuple(plugins)).to_records()
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
