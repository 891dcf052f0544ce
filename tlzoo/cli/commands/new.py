"""``tlzoo new``: a plugin's project to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.cli.output import note, print_json, print_line
from tlzoo.cli.parsing import common_arguments

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = "tlzoo new backbone acme-pets"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what kind of project, and its name."""
    from tlzoo.zoo.scaffolding import KINDS

    parser.add_argument("kind", metavar="KIND", help=f"what it brings: {', '.join(KINDS)}")
    parser.add_argument("name", metavar="NAME", help="name of the plugin: lower-case letters, digits and hyphens")
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="where the project's folder goes")
    common_arguments(parser)


def run(arguments: Namespace) -> None:
    """Write the project, and say what to do with it."""
    from tlzoo.zoo.scaffolding import new_project

    project = new_project(arguments.kind, arguments.name, arguments.out)
    if arguments.json:
        print_json({"path": str(project.path), "files": list(project.files)})
        return
    for each in project.files:
        print_line(str(project.path / each))
    note(f"\nnext: cd {project.path} && tlzoo plugins install . && tlzoo check {arguments.name}", quiet=arguments.quiet)
