"""``tlzoo publish``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.cli.arguments.trust import add_trust_argument, trust_settings
from tlzoo.cli.output import note, print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.prompt import confirm, in_terminal
from tlzoo.errors import UsageError
from tlzoo.process.memory import format_bytes

if TYPE_CHECKING:
    from tlzoo.zoo.publishing.publish_to import Draft

EXAMPLE = """\
tlzoo publish RUN --as my-flowers --licence Apache-2.0
tlzoo train --data images:other-photos/ --backbone local/my-flowers
tlzoo publish RUN --to shared/flowers --licence Apache-2.0
tlzoo publish RUN --to shared/flowers --licence Apache-2.0 --by camera
tlzoo publish RUN --to hf://me/flowers --licence Apache-2.0"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run, the place and the licence."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="folder of a finished run")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--as", dest="name", metavar="NAME", help="name of the entry, which becomes local/NAME")
    place.add_argument(
        "--to",
        metavar="FOLDER|hf://OWNER/NAME",
        help="write a model card with network, weights, hashes and registry into a folder, or upload them",
    )
    parser.add_argument("--licence", metavar="SPDX", help="licence of the weights; if missing, tlzoo asks for it")
    parser.add_argument(
        "--replace", action="store_true", help="replace an existing entry of this name, or the model published there"
    )
    parser.add_argument("--private", action="store_true", help="make a new repository private; refuse a public one")
    parser.add_argument(
        "--by",
        metavar="COLUMN",
        help="with --to: add test figures by subgroup to the model card, by a column of a table, or folder2 for nested "
        "folders",
    )
    parser.add_argument("--yes", action="store_true", help="upload without asking")
    add_trust_argument(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Publish the run, and print the entry's id."""
    licence = arguments.licence or _ask(arguments.run_folder)
    if arguments.to is not None:
        _publish_to(arguments, licence)
        return
    for option in ("private", "yes"):
        if getattr(arguments, option):
            raise UsageError(f"--{option} applies to uploads", f"remove --{option}")
    if arguments.by is not None:
        raise UsageError("--by is for a model card, which an own entry does not have", "remove --by, or use --to")
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


def _publish_to(arguments: argparse.Namespace, licence: str) -> None:
    """Write the files, list them, ask before an upload, and send them."""
    from tlzoo.artifacts.hugging_face import hub_handle
    from tlzoo.runs import Run
    from tlzoo.zoo.publishing.publish_to import draft

    if arguments.yes and hub_handle(arguments.to) is None:
        raise UsageError("--yes applies to uploads", "remove --yes")
    progress = progress_for(quiet=arguments.quiet)
    given: dict[str, Any] = {"replaces": arguments.replace, "private": arguments.private, "progress": progress}
    given["by"] = arguments.by
    with (
        trust_settings(arguments, progress),
        draft(Run(arguments.run_folder), arguments.to, licence, **given) as ready,
    ):
        if ready.is_upload:
            _confirm(ready, yes=arguments.yes, quiet=arguments.quiet)
        published = ready.send(progress)
    if arguments.json:
        print_json(published.to_json())
        return
    if not ready.is_upload:
        rows = [(path, f"{size:,}") for path, size in published.files.items()]
        print_table(("file", "bytes"), rows, right=("bytes",))
    print_line(published.to)
    note(f"use it elsewhere: tlzoo registry add {published.to}", quiet=arguments.quiet)


def _confirm(ready: Draft, *, yes: bool, quiet: bool) -> None:
    """List the files, and ask; raise UsageError unless the user agrees."""
    files = ready.files
    width = max(map(len, files))
    for path, size in files.items():  # not on stdout: the result may be JSON
        note(f"  {path:{width}}  {size:>15,} bytes", quiet=quiet and yes)
    place = f"{ready.to} ({'private' if ready.private else 'public'})"
    what = f"{len(files)} files, {format_bytes(sum(files.values()))}, to {place}"
    if yes:
        note(f"uploading {what}", quiet=quiet)
        return
    if not in_terminal():
        raise UsageError(f"nothing was uploaded: cannot ask before {what}, without a terminal", "add --yes")
    if not confirm(f"Upload {what}?"):
        raise UsageError("cancelled; nothing was uploaded")


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
