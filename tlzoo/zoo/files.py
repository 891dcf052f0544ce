"""Files of several entries, named or by pattern: fetched, verified, mirrored, with a report for each."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.artifacts import FileReport, fetch_entry, mirror_entry, verify_entry
from tlzoo.errors import EntryError
from tlzoo.plugins import catalog
from tlzoo.registry import Entry

if TYPE_CHECKING:
    from tlzoo.runs import RunFileReport

__all__ = ["fetch", "mirror", "verify"]


def fetch(names: Iterable[str]) -> list[FileReport]:
    """Bring the files of entries onto this machine. One that fails does not keep the others from coming.

    Here and below raises EntryError for a name or pattern that no entry has, before anything is done.
    """
    return [report for entry in _named(names) for report in fetch_entry(entry)]


def verify(names: Iterable[str]) -> list[FileReport | RunFileReport]:
    """Hash and inspect the files of entries and runs that are on this machine; nothing is fetched.

    A name is a run or a tuning where there is such a folder, else an entry.
    """
    from tlzoo.runs import is_folder_of_run, verify_run

    reports: list[FileReport | RunFileReport] = []
    for name in dict.fromkeys(names):
        if is_folder_of_run(name):
            reports += verify_run(Path(name))
        else:
            reports += [report for entry in _named([name]) for report in verify_entry(entry)]
    return reports


def mirror(names: Iterable[str], folder: Path) -> list[FileReport]:
    """Copy the files of entries into a folder for ``TLZOO_MIRROR``, fetching what is not here."""
    return [report for entry in _named(names) for report in mirror_entry(entry, folder)]


def _named(names: Iterable[str]) -> list[Entry]:
    found: dict[str, Entry] = {}
    for name in names:
        if any(sign in name for sign in "*?["):
            matching = [entry for entry in catalog().entries() if fnmatch.fnmatch(entry.id, name)]
            if not matching:
                raise EntryError(f"no entry matches {name!r}", "`tlzoo list` lists them")
            found.update((entry.id, entry) for entry in matching)
        else:
            entry = catalog().get(name)
            found[entry.id] = entry
    return list(found.values())
