"""``tlzoo list``: the zoo's entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .output import note, print_json, print_table
from .parsing import common_arguments

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

    from tlzoo.zoo import Row

EXAMPLE = """
tlzoo list 'mobilenet*' --where 'params < 10M and modality = vision' --sort -top1
tlzoo list --where 'licence = "apache*" and not experimental' --columns id,params,licence
"""
_COLUMNS = ("id", "modality", "params", "flops", "size", "input", "features", "top1", "licence", "installed")


def add_arguments(parser: ArgumentParser) -> None:
    """Add what chooses and orders entries."""
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="a part of the id, or wildcards: 'keras/*'")
    parser.add_argument("--modality", metavar="M", help="vision, text or rl")
    parser.add_argument(
        "--where", metavar="EXPR", help="fields compared with words and numbers (10M, 2GB, 75%%), and or not ( )"
    )
    parser.add_argument("--sort", metavar="[-]FIELD", default="id", help="order by a field; with - the largest first")
    parser.add_argument("--columns", metavar="A,B,…", help="the fields to show")
    parser.add_argument("--installed", action="store_true", help="only entries whose plugin is installed")
    common_arguments(parser)


def run(arguments: Namespace) -> None:
    """Print the entries that fit."""
    from tlzoo.zoo.fields import fields_of
    from tlzoo.zoo.listing import listing
    from tlzoo.zoo.querying import field_named, query

    zoo = listing()
    rows = query(
        arguments.patterns,
        modality=arguments.modality,
        where=arguments.where,
        sort=arguments.sort,
        installed=arguments.installed,
        of=zoo,
    )
    known = fields_of(rows)
    default = tuple(known) if arguments.json else _COLUMNS
    names = arguments.columns.split(",") if arguments.columns else default
    fields = [field_named(name.strip(), known) for name in names]
    if arguments.json:
        print_json([{field.name: row.values.get(field.name) for field in fields} for row in rows])
        return
    from tlzoo.zoo.figures import shown

    numbers = [field.name for field in fields if field.is_number]
    print_table(
        [field.name for field in fields],
        ([shown(field, field.of(row)) for field in fields] for row in rows),
        right=numbers,
    )
    _notes(rows, zoo.missing, quiet=arguments.quiet)


def _notes(rows: list[Row], missing: Mapping[str, str], *, quiet: bool) -> None:
    """Say what is missing, with the command that brings it."""
    if not rows:
        note("no entry fits; `tlzoo list` shows all", quiet=quiet)
    plugins = [row.plugin for row in rows if not row.installed]
    for plugin in sorted(set(plugins)):
        note(f"{plugins.count(plugin)} from the plugin {plugin}, {missing[plugin]}", quiet=quiet)
