"""``tlzoo publish``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tlzoo.cli.arguments.trust import add_trust_argument, trust_settings
from tlzoo.cli.output import print_json, print_line
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.errors import UsageError

EXAMPLE = """\
tlzoo publish RUN --as my-flowers --licence Apache-2.0
tlzoo train --data images:other-photos/ --backbone local/my-flowers"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run, the name and the licence."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="folder of a finished run")
    parser.add_argument(
        "--as", dest="name", required=True, metavar="NAME", help="name of the entry, which becomes local/NAME"
    )
    parser.add_argument("--licence", metavar="SPDX", help="licence of the weights; if missing, tlzoo asks for it")
    parser.add_argument("--replace", action="store_true", help="replace an existing entry of this name")
    add_trust_argument(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Publish the backbone and print the entry's id."""
    licence = arguments.licence or _ask(arguments.run_folder)
    from tlzoo.runs import Run
    from tlzoo.zoo.publishing.publication import publish

    progress = progress_for(quiet=arguments.quiet)
    with trust_settings(arguments, progress):
        published = publish(
            Run(arguments.run_folder), arguments.name, licence, replaces=arguments.replace, progress=progress
        )
    if arguments.json:
        print_json(published.to_json())
    else:
        print_line(f"{published.entry.id}\n{published.entry.summary}\n{published.folder}")


def _ask(folder: Path) -> str:
    """Return the licence that the user types; raise UsageError if there is no terminal."""
    from tlzoo.runs import Run

    base = str(Run(folder).result.get("backbone"))
    from tlzoo.plugins import catalog

    own = catalog().get(base).licence
    if not sys.stdin.isatty():
        raise UsageError(
            "the entry needs a licence", f"give it, as in --licence Apache-2.0; the licence of {base} is {own}"
        )
    sys.stderr.write(f"Licence of the new weights (the licence of {base} is {own}): ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()
