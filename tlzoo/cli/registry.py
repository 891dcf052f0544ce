"""``tlzoo registry``: build the index, check registries."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .output import counted, note, print_json
from .parsing import common_arguments

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = """
tlzoo registry build
tlzoo registry build --out house.toml plugins/tlzoo-acme
tlzoo registry check plugins/tlzoo-acme/tlzoo_acme/registry.toml
"""
_BROKEN = 3


def add_arguments(parser: ArgumentParser) -> None:
    """Add ``build`` and ``check``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="merge the registries of distributions into an index")
    build.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="distributions; by default this checkout's"
    )
    build.add_argument("--out", type=Path, metavar="FILE", help="the index; by default the checkout's registry.toml")
    common_arguments(build)
    check = actions.add_parser("check", help="check registries, and whether the index is up to date")
    check.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="registries or indexes; by default all known"
    )
    common_arguments(check)


def run(arguments: Namespace) -> int:
    """Build or check."""
    return _build(arguments) if arguments.action == "build" else _check(arguments)


def _build(arguments: Namespace) -> int:
    from tlzoo.atomic import write_text
    from tlzoo.registry import build_index, index_path, read_registry
    from tlzoo.registry.checkout import distributions

    out = arguments.out or index_path()
    write_text(out.absolute(), build_index(arguments.folders or distributions(index_path().parent)))
    built = read_registry(out)
    plugins = [provider.plugin for provider in built.providers]
    if arguments.json:
        print_json({"path": str(out), "plugins": plugins, "entries": len(built.entries)})
    else:
        note(f"{out}: {counted(len(built.entries))} of {', '.join(plugins)}", quiet=arguments.quiet)
    return 0


def _check(arguments: Namespace) -> int:
    from tlzoo.zoo.checking import check_registry, known_registries

    checks = [check_registry(path) for path in arguments.files or known_registries()]
    if arguments.json:
        print_json(
            [{"path": str(each.path), "entries": each.entries, "problems": list(each.problems)} for each in checks]
        )
    else:
        for each in checks:
            if not each.problems:
                note(f"{each.path}: {counted(each.entries)}, all well", quiet=arguments.quiet)
            sys.stdout.writelines(f"{each.path}: {problem}\n" for problem in each.problems)
    return _BROKEN if any(each.problems for each in checks) else 0
