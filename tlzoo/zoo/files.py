"""Download, verify and mirror the files of several entries, with one report per file."""

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
    """Download the files of entries. If one fails, the others are still downloaded.

    Here and below, a name or pattern without an entry raises EntryError before anything is done.
    """
    return [report for entry in _named(names) for report in fetch_entry(entry)]


def verify(names: Iterable[str]) -> list[FileReport | RunFileReport]:
    """Hash and inspect the files of entries and runs on this machine, without downloads.

    A name is a run, a run set or a tuning if such a folder exists, otherwise an entry.
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
    """Copy the files of entries to a folder for ``TLZOO_MIRROR``, downloading missing files."""
    return [report for entry in _named(names) for report in mirror_entry(entry, folder)]


def _named(names: Iterable[str]) -> list[Entry]:
    found: dict[str, Entry] = {}
    for name in names:
        if any(sign in name for sign in "*?["):
            matching = [entry for entry in catalog().entries() if fnmatch.fnmatch(entry.id, name)]
            if not matching:
                raise EntryError(f"no entry matches {name!r}", "`tlzoo list` lists all")
            found.update((entry.id, entry) for entry in matching)
        else:
            entry = catalog().get(name)
            found[entry.id] = entry
    return list(found.values())
