"""Download and trust options of commands that need an entry's files."""

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
    """Add the options for downloads and trust. They concern this machine and are not part of a recipe."""
    parser.add_argument("--offline", action="store_true", help="do not download anything (also TLZOO_OFFLINE=1)")
    parser.add_argument(
        "--trust-on-first-use",
        action="store_true",
        help="accept files without a published hash and pin their hash in tlzoo.lock; in a terminal, tlzoo asks",
    )
    add_trust_argument(parser)


def download_settings(arguments: argparse.Namespace, progress: Progress) -> AbstractContextManager[Settings]:
    """Return the context within which a command loads entries. In a terminal it asks about files without a hash."""
    from tlzoo.artifacts import using

    return using(
        offline=arguments.offline or None,
        trust_on_first_use=arguments.trust_on_first_use or None,
        trusted=trusted_names(arguments.trust),
        confirm=confirmation(),
        progress=progress,
    )
