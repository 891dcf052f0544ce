"""``tlzoo new``: create a plugin project from a template."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.cli.output import note, print_json, print_line
from tlzoo.cli.parsing import common_arguments

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = "tlzoo new backbone acme-pets"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the kind and the name of the project."""
    from tlzoo.zoo.scaffolding import KINDS

    parser.add_argument("kind", metavar="KIND", help=f"what the plugin provides: {', '.join(KINDS)}")
    parser.add_argument("name", metavar="NAME", help="name of the plugin: lowercase letters, digits and hyphens")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="parent folder of the project; default: the current folder",
    )
    common_arguments(parser)


def run(arguments: Namespace) -> None:
    """Create the project and print the next steps."""
    from tlzoo.zoo.scaffolding import new_project

    project = new_project(arguments.kind, arguments.name, arguments.out)
    if arguments.json:
        print_json({"path": str(project.path), "files": list(project.files)})
        return
    for each in project.files:
        print_line(str(project.path / each))
    note(f"\nnext: cd {project.path} && tlzoo plugins install . && tlzoo check {arguments.name}", quiet=arguments.quiet)
