"""``tlzoo list``: list the entries of the zoo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.cli.output import note, print_json, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.errors import nearest

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Mapping, Sequence

    from tlzoo.zoo import Field, Row

EXAMPLE = """
tlzoo list 'mobilenet*' --where 'params < 10M and modality = vision' --sort -top1
tlzoo list --where 'licence = "apache*" and not experimental' --columns id,params,licence
tlzoo list --html zoo.html
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that select and sort entries."""
    from tlzoo.zoo.listing.fields import FIELDS

    parser.add_argument(
        "patterns", nargs="*", metavar="PATTERN", help="part of an id, or a wildcard pattern: 'keras/*net*'"
    )
    parser.add_argument("--modality", metavar="M", help="kind of input: vision, text, numeric, or a plugin's own")
    parser.add_argument(
        "--where",
        metavar="EXPR",
        help="condition on fields: comparisons (= != < <= > >=) with words or numbers (10M, 2GB, 75%%); FIELD known, "
        "FIELD unknown; combined with and, or, not, ( )",
    )
    parser.add_argument("--sort", metavar="[-]FIELD", default="id", help="sort by a field; with -, in descending order")
    parser.add_argument(
        "--columns",
        metavar="A,B,…",
        help=f"fields to show: {', '.join(FIELDS)}, other fields that entries report, "
        "and input.FIELD for fields of the input, such as input.size",
    )
    parser.add_argument("--installed", action="store_true", help="only entries of installed plugins")
    parser.add_argument("--html", metavar="FILE", help="also write an HTML page that can be sorted and filtered")
    common_arguments(parser)


def run(arguments: Namespace) -> None:
    """Print the selected entries."""
    from tlzoo.zoo.listing.fields import COLUMNS, fields_of
    from tlzoo.zoo.listing.query import field_named, note_on_unknown, query
    from tlzoo.zoo.listing.table import listing

    if arguments.html is not None:
        from pathlib import Path  # slow to import; listing does not need it

        from tlzoo.files.output_file import check_file

        check_file(Path(arguments.html), "zoo.html")
    zoo = listing()
    rows = query(
        arguments.patterns,
        modality=arguments.modality,
        where=arguments.where,
        sort=arguments.sort,
        installed=arguments.installed,
        of=zoo,
    )
    others = query(arguments.patterns, modality=arguments.modality, installed=arguments.installed, of=zoo)
    if unknown := note_on_unknown(others, arguments.where, zoo):
        note(unknown, quiet=arguments.quiet)
    default = tuple(fields_of(rows)) if arguments.json else COLUMNS
    names = arguments.columns.split(",") if arguments.columns else default
    known = fields_of(zoo.rows)
    fields = [field_named(name.strip(), known) for name in names]
    if arguments.html is not None:
        from tlzoo.zoo import write_page

        write_page(Path(arguments.html), rows, chosen_by=_selection(arguments))
        note(f"page: {arguments.html}", quiet=arguments.quiet)
    if arguments.json:
        print_json([{field.name: field.of(row) for field in fields} for row in rows])
        return
    if rows:
        _print_rows(fields, rows)
    else:
        unmatched = [pattern for pattern in arguments.patterns if not query([pattern], of=zoo)]
        note(_nothing_fits(unmatched, zoo.rows), quiet=arguments.quiet)
    _notes(rows, zoo.missing, quiet=arguments.quiet)


def _selection(arguments: Namespace) -> list[str]:
    """Return the selection conditions, as the user gave them."""
    given = [*arguments.patterns, arguments.where]
    given += [f"modality = {arguments.modality}" if arguments.modality else None]
    given += ["installed" if arguments.installed else None]
    return [each for each in given if each]


def _print_rows(fields: Sequence[Field], rows: Iterable[Row]) -> None:
    from tlzoo.zoo.listing.formatting import shown

    print_table(
        [field.name for field in fields],
        ([shown(field, field.of(row)) for field in fields] for row in rows),
        right=[field.name for field in fields if field.is_number],
    )


def _nothing_fits(patterns: Sequence[str], rows: Iterable[Row]) -> str:
    """Return a message with the closest matches."""
    names = {row.id.partition("/")[2].partition(".")[0]: row.id for row in rows}
    near = [names[each] for pattern in patterns for each in nearest(pattern, names)]
    if near:
        return f"no entry matches; did you mean {' or '.join(map(repr, near))}?"
    return "no entry matches; `tlzoo list` lists all"


def _notes(rows: list[Row], missing: Mapping[str, str], *, quiet: bool) -> None:
    """Print which plugins are missing, with the commands that install them."""
    plugins = [row.plugin for row in rows if not row.installed]
    for plugin in sorted(set(plugins)):
        note(f"{plugins.count(plugin)} from the plugin {plugin}, {missing[plugin]}", quiet=quiet)
