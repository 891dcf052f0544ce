"""Verbs on files of entries and runs: download, check and mirror them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import tlzoo
from tlzoo.progress import Progress

if TYPE_CHECKING:
    import tlzoo.artifacts
    import tlzoo.runs

__all__ = ["fetch", "mirror", "verify"]


def fetch(
    *names: str,
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    progress: Progress | None = None,
) -> list[tlzoo.artifacts.FileReport]:
    """Download the files of entries; the report of a file that failed has the reason in ``error``."""
    from tlzoo.artifacts import using
    from tlzoo.zoo.files import fetch as fetch_named

    with using(offline=offline, trust_on_first_use=trust_on_first_use, progress=progress):
        return fetch_named(names)


def verify(*names: str | Path) -> list[tlzoo.artifacts.FileReport | tlzoo.runs.RunFileReport]:
    """Check the files of entries and of runs (by their folders) on this machine, fetching nothing."""
    from tlzoo.zoo.files import verify as verify_named

    return verify_named(map(str, names))


def mirror(
    *names: str, folder: str | Path, trust_on_first_use: bool | None = None, progress: Progress | None = None
) -> list[tlzoo.artifacts.FileReport]:
    """Copy entries' files into a folder that ``TLZOO_MIRROR`` can name on a machine without a network."""
    from tlzoo.artifacts import using
    from tlzoo.zoo.files import mirror as mirror_named

    with using(trust_on_first_use=trust_on_first_use, progress=progress):
        return mirror_named(names, Path(folder))
