"""Publish a finished run for others: into a folder, or on the Hugging Face Hub."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts.hashing import digest
from tlzoo.artifacts.hugging_face import hub_handle, parsed_hub_handle
from tlzoo.errors import UsageError
from tlzoo.files.atomic import atomic_folder, temporary_folder
from tlzoo.files.folders import cache_folder, expanded
from tlzoo.progress import Progress, Silent
from tlzoo.registry import Entry
from tlzoo.registry.licences import licence_expression

from .model_folder import is_model_folder, other_files, write_model
from .own_name import own_id, slug
from .published_entry import refuse_local_architecture

if TYPE_CHECKING:
    from tlzoo.runs import Run

__all__ = ["Draft", "PublishedModel", "draft", "publish_to"]


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A published model: its entry, and the files with their sizes."""

    entry: Entry
    to: str
    """Path of the folder, or ``hf://OWNER/NAME@COMMIT``."""
    files: Mapping[str, int]
    """Sizes in bytes by path."""
    hashes: Mapping[str, str]
    """``sha256:…`` by path."""

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of ``tlzoo publish --to --json``."""
        return {
            "id": self.entry.id,
            "base": self.entry.options["base"],
            "trained_from": self.entry.options["trained_from"],
            "licence": self.entry.licence,
            "hash": self.entry.files["weights"].hash,
            "bytes": sum(self.files.values()),
            "to": self.to,
            "files": [{"path": path, "bytes": size, "hash": self.hashes[path]} for path, size in self.files.items()],
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """A model that is ready to be published: nothing has left the machine yet."""

    entry: Entry
    to: str
    folder: Path
    """A temporary folder with the files."""
    replaces: bool = False
    private: bool = False
    """Whether the repository is private, or will be."""

    @property
    def is_upload(self) -> bool:
        """Whether the files will be uploaded."""
        return hub_handle(self.to) is not None

    @property
    def files(self) -> dict[str, int]:
        """Sizes in bytes of all files by path."""
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.stat().st_size for path in paths}

    def send(self, progress: Progress | None = None) -> PublishedModel:
        """Copy the files into the folder, or upload them.

        Raises UsageError if the place has got other files since the draft.
        """
        hashes = {path: digest(self.folder / path) for path in self.files}
        if self.is_upload:
            from .hub_upload import upload

            to = upload(self.folder, self.to, replaces=self.replaces, private=self.private, progress=progress)
            return PublishedModel(self.entry, to, self.files, hashes)
        _local(self.to, replaces=self.replaces)
        with atomic_folder(expanded(self.to).absolute()) as whole:
            shutil.copytree(self.folder, whole, dirs_exist_ok=True)
        return PublishedModel(self.entry, self.to, self.files, hashes)


@contextmanager
def draft(
    run: Run,
    to: str,
    licence: str,
    *,
    replaces: bool = False,
    private: bool = False,
    by: str | None = None,
    progress: Progress | None = None,
) -> Iterator[Draft]:
    """Write the files of a finished run into a temporary folder, for ``send``; names are checked first.

    Args:
        run: The run.
        to: A folder, or ``hf://OWNER/NAME``.
        licence: SPDX expression of the weights' licence.
        replaces: Whether a model that was published there before may be replaced.
        private: Whether the repository has to be private; a new one then is.
        by: Column of the data for figures by subgroup in the card.
        progress: Receives progress and notes.

    Raises:
        UsageError: If the place, the name or the licence is invalid, the place is taken, or the data do not have the
            column.
        RunError: If the run is not finished, or has changed.
        PluginError: If ``huggingface_hub`` is not installed.
    """
    licence = licence_expression(licence)
    remote = hub_handle(to) is not None
    name, source = _remote(to) if remote else _local(to, replaces=replaces)
    if remote:
        from .hub_upload import check_repository

        private = check_repository(source, replaces=replaces, private=private)
    elif private:
        raise UsageError(f"a folder cannot be private: {to}", "leave private out")
    refuse_local_architecture(str(run.result["backbone"]))  # raises for an unfinished run
    place = cache_folder() / "publishing" / "model"
    place.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(place) as folder:
        own = own_id(slug(name, "model"), weights="tuned")
        entry = write_model(run, folder, own, source, licence, progress or Silent(), by)
        yield Draft(entry, source if remote else to, folder, replaces, private)


def publish_to(
    run: Run,
    to: str,
    licence: str,
    *,
    replaces: bool = False,
    private: bool = False,
    by: str | None = None,
    progress: Progress | None = None,
) -> PublishedModel:
    """Write the model of a finished run with its card into a folder, or upload it; see ``draft``."""
    with draft(run, to, licence, replaces=replaces, private=private, by=by, progress=progress) as ready:
        return ready.send(progress)


def _remote(to: str) -> tuple[str, str]:
    """Return name and handle of a repository."""
    full, revision = parsed_hub_handle(to)
    if revision != "main":
        raise UsageError(f"{to} names the revision {revision!r}; models are published to main", f"use hf://{full}")
    return full.rpartition("/")[2], f"hf://{full}"


def _local(to: str, *, replaces: bool) -> tuple[str, str]:
    """Return name and source of a folder; raise UsageError if it cannot be written."""
    if not to.strip():
        raise UsageError("the folder has no name", "give --to FOLDER or --to hf://OWNER/NAME")
    scheme = re.match(r"[a-z0-9+.-]+:/", to)
    if scheme is not None:
        raise UsageError(f"{to!r} is neither a folder nor a repository", "give --to FOLDER or --to hf://OWNER/NAME")
    path = expanded(to).absolute()
    if path.exists() and not path.is_dir():
        raise UsageError(f"{to} is a file", "give a folder")
    if path.is_dir() and any(path.iterdir()):
        if not is_model_folder(path):
            raise UsageError(f"{to} is not empty, and not a published model", "give a new folder")
        if not replaces:
            raise UsageError(f"{to} already has a published model", "give another folder, or use --replace")
        if others := other_files(path):
            raise UsageError(
                f"{to} has files that tlzoo publish does not write, such as {others[0]!r}",
                "move them elsewhere, or give another folder",
            )
    return path.name, "file:."
