"""Add an entry of your own for a repository of the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts import HubRepository, Importer, known_hash, open_hub_repository, resolve, settings
from tlzoo.artifacts.hugging_face import licence_of
from tlzoo.errors import EntryError, nearest
from tlzoo.registry import Entry, add_own_entry, plain
from tlzoo.registry.own import refuse_taken
from tlzoo.zoo.listing.cards import Card, card_of

from .own_name import own_id, slug

if TYPE_CHECKING:
    from tlzoo.testing import Report

__all__ = ["AddedRepository", "add_repository"]


@dataclass(frozen=True, slots=True)
class AddedRepository:
    """The new entry, its registry, and the results of its checks."""

    entry: Entry
    path: Path
    checks: Report

    @property
    def card(self) -> Card:
        """The card of the entry."""
        return card_of(self.entry)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        checks = self.checks.to_json()
        return {"id": self.entry.id, "path": str(self.path), "entry": plain(self.entry), "checks": checks}


def add_repository(
    handle: str, name: str | None = None, *, licence: str | None = None, path: Path | None = None
) -> AddedRepository:
    """Import a repository, check the backbone, and write an entry ``local/…`` to the user's registry.

    Nothing is written if a check fails.

    Args:
        handle: ``hf://OWNER/NAME`` or ``hf://OWNER/NAME@REVISION``; the entry is pinned to the present commit.
        name: Id of the entry. None: ``local/NAME.OWNER``.
        licence: SPDX expression. None: that of the model card.
        path: Registry to write. None: the one in the settings folder.

    Returns:
        The entry, its registry, and the results of the checks.

    Raises:
        UsageError: If the handle or the name is invalid, or the name is taken.
        EntryError: If no plugin imports networks of this type, a download fails, or a check fails.
        PluginError: If a package is missing.
        BytesRefusedError: If a file is refused.
    """
    owner, _, repository_name = handle.removeprefix("hf://").partition("@")[0].partition("/")
    entry_id = own_id(name or slug(repository_name), weights=slug(owner))
    refuse_taken(entry_id, path)
    repository = open_hub_repository(handle)
    imported = _importer(repository)(repository)
    draft = replace(imported, id=entry_id, licence=licence or licence_of(repository.card()))
    resolve(draft)
    files = {key: replace(file, hash=known_hash(file)) for key, file in draft.files.items()}
    entry, checks = _checked(replace(draft, files=files))
    return AddedRepository(entry, add_own_entry(entry, path), checks)


def _importer(repository: HubRepository) -> Importer:
    """Return the importer for the format of a repository; raise EntryError if no plugin has one."""
    from tlzoo.plugins import registered

    kind = repository.kind
    importers: Mapping[str, Importer] = {each.name: each.value for each in registered("tlzoo_importers")}
    found = next((importers[each] for each in importers if fnmatchcase(kind, each)), None)
    if found is None:
        near = nearest(kind, importers)
        known = [*near, *sorted(importers.keys() - set(near))]
        raise EntryError(f"{repository.handle}: no loader for networks of the type {kind!r}", _supported(known))
    return found


def _supported(names: list[str]) -> str:
    if not names:
        return "install a plugin with an importer, such as tlzoo-vision or tlzoo-text"
    return f"supported: {', '.join(names)}"


def _checked(entry: Entry) -> tuple[Entry, Report]:
    """Return the entry with its measured figures, and the results of its checks; raise EntryError if one fails."""
    from tlzoo.testing import BACKBONE_CHECKS, BackboneSubject, Session
    from tlzoo.zoo.benching.static_figures import measure_backbone

    subject = BackboneSubject(entry)
    with settings().progress.track(f"checking {entry.id}", len(BACKBONE_CHECKS), "checks") as advance:
        report = Session(subject, lambda _result: advance(1)).report(BACKBONE_CHECKS)
    failed = [each for each in report.results if each.outcome == "failed"]
    if failed:
        first = f"{failed[0].name}: {failed[0].reason}"
        raise EntryError(
            f"{entry.id}: {len(failed)} of {report.run} checks failed, and nothing was written: {first}",
            "report this to the authors of the loader's plugin",
        )
    measured = measure_backbone(subject.backbone)
    features = replace(entry.features, shape=measured.feature_shape)
    return replace(entry, measured=measured, features=features), report
