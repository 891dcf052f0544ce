"""Import a repository of the Hugging Face Hub, a model on Kaggle or a published model as an entry of your own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from tlzoo.artifacts import (
    HubRepository,
    Importer,
    known_hash,
    open_hub_repository,
    open_kaggle_model,
    resolve,
    using,
)
from tlzoo.artifacts.hugging_face import hub_handle, parsed_hub_handle
from tlzoo.artifacts.hugging_face.model_card import UNKNOWN
from tlzoo.artifacts.kaggle.handle import has_config, kaggle_handle, parsed_kaggle_handle
from tlzoo.errors import EntryError, nearest
from tlzoo.files.folders import expanded
from tlzoo.registry import Entry
from tlzoo.registry.licences import licence_expression
from tlzoo.registry.own import refuse_taken

from .model_folder import is_model_folder
from .own_name import kaggle_name, own_id, slug

__all__ = ["import_repository", "is_repository"]


def is_repository(handle: str) -> bool:
    """Return whether a handle names a repository with a ``config.json``, on Hugging Face or Kaggle, or such a folder.

    A folder of ``tlzoo publish --to`` is one.

    Raises UsageError for an invalid handle of Kaggle, and for a framework without a loader.
    """
    if kaggle_handle(handle) is not None:
        return has_config(parsed_kaggle_handle(handle))
    return hub_handle(handle) is not None or is_model_folder(expanded(handle))


def import_repository(
    handle: str, name: str | None = None, *, licence: str | None = None, path: Path | None = None
) -> Entry:
    """Return an entry ``local/…`` for a repository, with the hashes of its downloaded files; write nothing.

    Raises UsageError for an invalid handle, name or licence, and for a name taken in the registry ``path``; EntryError
    for a type without an importer and for failed downloads; BytesRefusedError for files that are refused.
    """
    on_kaggle = kaggle_handle(handle) is not None
    if not on_kaggle and hub_handle(handle) is None:
        return _from_folder(expanded(handle), name, licence, path)
    if on_kaggle:
        short, owner = kaggle_name(parsed_kaggle_handle(handle))
    else:
        owner, _, short = parsed_hub_handle(handle)[0].partition("/")
    entry_id = own_id(slug(short) if name is None else name, weights=slug(owner))
    given = None if licence is None else licence_expression(licence)
    refuse_taken(entry_id, path)
    repository = open_kaggle_model(handle) if on_kaggle else open_hub_repository(handle)
    imported = _importer(repository)(repository)
    known = None if imported.licence == UNKNOWN else imported.licence
    entry = replace(imported, id=entry_id, licence=given or known or repository.licence())
    with using(trust_stated=on_kaggle or None):
        resolve(entry)
    return replace(entry, files={key: replace(file, hash=known_hash(file)) for key, file in entry.files.items()})


def _from_folder(folder: Path, name: str | None, licence: str | None, path: Path | None) -> Entry:
    """Return the entry of a published model in a folder."""
    from tlzoo.backbones.published_import import folder_entry

    entry = folder_entry(folder)
    entry = replace(entry, id=entry.id if name is None else own_id(name, weights="tuned"))
    given = None if licence is None else licence_expression(licence)
    refuse_taken(entry.id, path)
    resolve(entry)
    return replace(entry, licence=given or entry.licence)


def _importer(repository: HubRepository) -> Importer:
    """Return the importer for the format of a repository; raise EntryError if no plugin has one."""
    from tlzoo.plugins import registered

    kind = repository.kind
    importers: Mapping[str, Importer] = {each.name: each.value for each in registered("tlzoo_importers")}
    found = next((importers[each] for each in importers if fnmatchcase(kind, each)), None)
    if found is None:
        layout, near = kind.rpartition("/")[0], nearest(kind, importers)
        alike = {each for each in importers if each.rpartition("/")[0] == layout}
        known = [*near, *sorted(alike - set(near))]
        raise EntryError(f"{repository.handle}: no loader for networks of the type {kind!r}", _supported(known))
    return found


def _supported(names: list[str]) -> str:
    if not names:
        return "install a plugin with an importer, such as tlzoo-vision or tlzoo-text"
    return f"supported: {', '.join(names)}"
