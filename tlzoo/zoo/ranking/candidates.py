"""Selection of entries that can be ranked, with reasons for the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlzoo.artifacts import locate
from tlzoo.errors import UsageError
from tlzoo.modalities import check_data
from tlzoo.plugins import catalog
from tlzoo.registry.licences import check_licence
from tlzoo.zoo.listing.query import note_on_unknown, query
from tlzoo.zoo.ranking.result import Unranked

if TYPE_CHECKING:
    from tlzoo.data import Examples
    from tlzoo.registry import Entry

__all__ = ["Candidates", "check_choice", "find_candidates"]


_ARCHITECTURE = "architecture"
"""The tag of entries without weights, for training from scratch."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Entries with plugin and files, entries that lack something, and notes on the rest."""

    entries: tuple[Entry, ...]
    unranked: tuple[Unranked, ...]
    notes: tuple[str, ...]


def check_choice(patterns: Sequence[str], where: str | None) -> None:
    """Raise UsageError or EntryError for a pattern or condition that matches no entry, before the data are read."""
    query((), where=where)
    for pattern in patterns:
        _named(pattern)


def find_candidates(
    patterns: Sequence[str], where: str | None, examples: Examples, licences: Sequence[str] = ()
) -> Candidates:
    """Return the entries for this kind of input that match; nothing is downloaded.

    Architectures without weights are left out, unless a pattern matches them. ``licences`` are the allowed licences;
    empty allows all.

    Raises UsageError if none matches, or a pattern matches no entry.
    """
    modality = examples.modality
    rows = {row.id: row for row in query((), where=where)}
    chosen: dict[str, None] = {}
    if patterns:
        chosen = dict.fromkeys(each for pattern in patterns for each in _named(pattern))
        rows = {name: rows[name] for name in chosen if name in rows}
    others = Counter(str(row.values["modality"]) for row in rows.values() if row.values["modality"] != modality)
    fitting = [
        row.entry
        for row in rows.values()
        if row.values["modality"] == modality and (row.id in chosen or _ARCHITECTURE not in row.entry.tags)
    ]
    if not fitting:
        raise UsageError(f"no entry for {modality} matches", f"`tlzoo list --modality {modality}` lists all")
    notes = [
        f"{count} {'entry' if count == 1 else 'entries'} for {other} skipped: the data are {modality}"
        for other, count in sorted(others.items())
    ]
    of_modality = [
        row for row in query(()) if row.values["modality"] == modality and (not patterns or row.id in chosen)
    ]
    if unknown := note_on_unknown(of_modality, where):
        notes.append(unknown)
    usable: list[Entry] = []
    unranked: list[Unranked] = []
    for entry in fitting:
        problem = _problem(entry) or _unsuited(entry, examples, licences)
        usable += [] if problem else [entry]
        unranked += [problem] if problem else []
    return Candidates(tuple(usable), tuple(unranked), tuple(notes))


def _named(pattern: str) -> list[str]:
    if any(sign in pattern for sign in "*?["):
        found = [row.id for row in query([pattern])]
        if not found:
            raise UsageError(f"no entry matches {pattern!r}", "`tlzoo list` lists all")
        return found
    return [catalog().get(pattern).id]


def _problem(entry: Entry) -> Unranked | None:
    if _ARCHITECTURE in entry.tags:
        return Unranked(entry.id, "it is an architecture without weights", "train it: --strategy from-scratch")
    if not catalog().installed(entry):
        plugin = catalog().plugins.get(entry.plugin)
        if plugin is None:
            fix = catalog().install_command(entry.plugin)
            return Unranked(entry.id, f"its plugin {entry.plugin} is not installed", fix)
        return Unranked(entry.id, f"its plugin cannot be used ({plugin.status}): {plugin.reason}", plugin.fix)
    missing = [name for name, file in entry.files.items() if locate(file) is None]
    if missing:
        return Unranked(entry.id, f"not on this machine: {', '.join(missing)}", f"tlzoo fetch {entry.id}")
    return None


def _unsuited(entry: Entry, examples: Examples, licences: Sequence[str]) -> Unranked | None:
    try:
        check_licence(entry, licences)
        check_data(entry, examples, "the data")
    except UsageError as error:
        return Unranked(entry.id, error.what, error.fix)
    return None
