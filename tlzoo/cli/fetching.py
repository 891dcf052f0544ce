"""What commands that need an entry's files let their user say about fetching."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlzoo.artifacts import Settings
    from tlzoo.progress import Progress

__all__ = ["add_fetching_arguments", "fetching"]


def add_fetching_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what may be fetched and trusted: said to this machine, and so no part of a recipe."""
    parser.add_argument("--offline", action="store_true", help="fetch nothing (also TLZOO_OFFLINE=1)")
    parser.add_argument(
        "--trust-on-first-use",
        action="store_true",
        help="take files that have no published hash as they are now, and pin them in tlzoo.lock; a terminal asks",
    )
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="ENTRY",
        help="load this entry's SavedModel whatever its operations; recorded in tlzoo.lock and in the run",
    )


def fetching(arguments: argparse.Namespace, progress: Progress) -> AbstractContextManager[Settings]:
    """Return the block within which a command loads entries. On a terminal it asks about files without a hash."""
    from tlzoo.artifacts import using
    from tlzoo.cli.asking import confirm, in_terminal

    return using(
        offline=arguments.offline or None,
        trust_on_first_use=arguments.trust_on_first_use or None,
        trusted=_ids(arguments.trust) or None,
        progress=progress,
        ask=confirm if in_terminal() else None,
    )


def _ids(names: list[str]) -> frozenset[str]:
    if not names:
        return frozenset()
    from tlzoo.artifacts import is_module
    from tlzoo.plugins import catalog, module_id

    return frozenset(module_id(name) if is_module(name) else catalog().get(name).id for name in names)
