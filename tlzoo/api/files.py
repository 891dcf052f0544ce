"""Functions on files of entries and runs: download, check and mirror."""

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
    """Download the files of entries.

    >>> reports = tlzoo.fetch("glyphnet")
    >>> failed = [report for report in reports if report.error]

    Args:
        names: Ids, short names or patterns such as ``"keras/*"``.
        offline: If True, nothing is downloaded. None: ``TLZOO_OFFLINE``.
        trust_on_first_use: If True, files without a published hash are accepted, and their present hash is pinned.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        A report per file; if the download failed, ``error`` has the reason.

    Raises:
        EntryError: If no entry matches a name.
    """
    from tlzoo.artifacts import using
    from tlzoo.zoo.files import fetch as fetch_named

    with using(offline=offline, trust_on_first_use=trust_on_first_use, progress=progress):
        return fetch_named(names)


def verify(*names: str | Path) -> list[tlzoo.artifacts.FileReport | tlzoo.runs.RunFileReport]:
    """Check the files of entries and runs on this machine, without downloads.

    >>> reports = tlzoo.verify("glyphnet", "runs/photos")
    >>> all(report.error is None for report in reports)
    True

    Args:
        names: Ids, short names or patterns of entries, and folders of runs.

    Returns:
        A report per file; ``error`` says what is wrong with it.

    Raises:
        EntryError: If no entry matches a name.
    """
    from tlzoo.zoo.files import verify as verify_named

    return verify_named(map(str, names))


def mirror(
    *names: str, folder: str | Path, trust_on_first_use: bool | None = None, progress: Progress | None = None
) -> list[tlzoo.artifacts.FileReport]:
    """Copy the files of entries to a folder, for machines without a network.

    >>> reports = tlzoo.mirror("glyphnet", folder="mirror")

    On the other machine, set ``TLZOO_MIRROR`` to the URL of the folder.

    Args:
        names: Ids, short names or patterns such as ``"keras/*"``.
        folder: Folder to create or to add to.
        trust_on_first_use: If True, files without a published hash are accepted, and their present hash is pinned.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        A report per file; if copying failed, ``error`` has the reason.

    Raises:
        EntryError: If no entry matches a name.
    """
    from tlzoo.artifacts import using
    from tlzoo.zoo.files import mirror as mirror_named

    with using(trust_on_first_use=trust_on_first_use, progress=progress):
        return mirror_named(names, Path(folder))
