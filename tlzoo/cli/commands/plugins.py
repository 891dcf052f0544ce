"""``tlzoo plugins``: list, install, remove, disable and enable plugins."""

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
    listing = actions.add_parser("list", help="load installed plugins, and list them with their errors")
    listing.add_argument("names", metavar="NAME", nargs="*", help="only these plugins")
    common_arguments(listing)
    installing = actions.add_parser("install", help="install plugins into the current environment")
    installing.add_argument(
        "names",
        metavar="PLUGIN",
        nargs="+",
        help="a plugin name in the index, a wheel, a project folder, or git+https://…[@REVISION]",
    )
    _changing_arguments(installing)
    uninstalling = actions.add_parser("uninstall", help="uninstall plugins, including broken ones")
    uninstalling.add_argument("names", metavar="NAME", nargs="+", help="name of a plugin")
    _changing_arguments(uninstalling)
    syncing = actions.add_parser("sync", help="reinstall plugins that are missing, for example after an upgrade")
    _changing_arguments(syncing)
    disabling = actions.add_parser("disable", help="disable plugins until they are enabled again")
    disabling.add_argument("names", metavar="NAME", nargs="+", help="name of a plugin, as in `tlzoo plugins list`")
    common_arguments(disabling)
    enabling = actions.add_parser("enable", help="enable disabled plugins")
    enabling.add_argument("names", metavar="NAME", nargs="+", help="name of a plugin")
    common_arguments(enabling)


def run(arguments: Namespace) -> int:
    """Run the action, and print all or the named plugins; return 3 if an installed plugin is broken."""
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
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, without changing anything")
    common_arguments(parser)


def _list(arguments: Namespace) -> None:
    """Load every plugin and call its hooks, so that all errors are shown."""
    from tlzoo.plugins import plugins
    from tlzoo.plugins.scanning import normalized

    found = {plugin.name: plugin for plugin in plugins().examine()}
    wanted = [normalized(name) for name in arguments.names] or list(found)
    for name in wanted:
        if name not in found:
            raise PluginError(f"no plugin {name!r} is installed", did_you_mean(name, found, valid="installed"))
    _print([found[name] for name in wanted], arguments)


def _switch(arguments: Namespace) -> None:
    """Disable or enable plugins without importing their code, which may be broken."""
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
