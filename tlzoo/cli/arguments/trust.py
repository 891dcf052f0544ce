"""Trust options of commands that open runs and recipes."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from tlzoo.cli.prompt import confirm, in_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlzoo.artifacts import Settings
    from tlzoo.progress import Progress

__all__ = ["add_trust_argument", "confirmation", "trust_settings", "trusted_names"]


def add_trust_argument(parser: argparse.ArgumentParser, owners: tuple[str, ...] = ("run", "recipe")) -> None:
    """Add ``--trust``. ``owners`` are the files or folders that may name code."""
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="|".join([*map(str.upper, owners), "ENTRY"]),
        help=f"run the code that this {' or '.join(owners)} names, or load the SavedModel of this entry even with "
        "forbidden operations; "
        "recorded in tlzoo.lock",
    )


def trust_settings(arguments: argparse.Namespace, progress: Progress) -> AbstractContextManager[Settings]:
    """Return the context within which a command opens a run."""
    from tlzoo.artifacts import using

    return using(trusted=trusted_names(arguments.trust), confirm=confirmation(), progress=progress)


def trusted_names(names: list[str]) -> frozenset[str] | None:
    """Record what the user trusts; return its entries and runs, or None if nothing is named."""
    if not names:
        return None
    from tlzoo.runs.consent.trust import trust_named

    return trust_named(names)


def confirmation() -> Callable[[str], bool] | None:
    """Return the function that asks the user in a terminal; None if there is no terminal."""
    return confirm if in_terminal() else None
