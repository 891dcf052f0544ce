"""What commands that need an entry's files let their user say about fetching."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from tlzoo.cli.arguments.trust import add_trust_argument, confirmation, trusted_names

if TYPE_CHECKING:
    from tlzoo.artifacts import Settings
    from tlzoo.progress import Progress

__all__ = ["add_download_arguments", "download_settings"]


def add_download_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what may be fetched and trusted: said to this machine, and so no part of a recipe."""
    parser.add_argument("--offline", action="store_true", help="fetch nothing (also TLZOO_OFFLINE=1)")
    parser.add_argument(
        "--trust-on-first-use",
        action="store_true",
        help="take files that have no published hash as they are now, and pin them in tlzoo.lock; a terminal asks",
    )
    add_trust_argument(parser)


def download_settings(arguments: argparse.Namespace, progress: Progress) -> AbstractContextManager[Settings]:
    """Return the block within which a command loads entries. On a terminal it asks about files without a hash."""
    from tlzoo.artifacts import using

    return using(
        offline=arguments.offline or None,
        trust_on_first_use=arguments.trust_on_first_use or None,
        trusted=trusted_names(arguments.trust),
        confirm=confirmation(),
        progress=progress,
    )
