"""Publish a run's backbone as an entry of your own, for further transfer."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError
from tlzoo.files.atomic import atomic_folder, temporary_folder, write_text
from tlzoo.files.folders import own_registry_path, settings_path
from tlzoo.files.lock import exclusive
from tlzoo.progress import Progress, Silent
from tlzoo.registry import LOCAL, Entry, File
from tlzoo.registry.licences import licence_expression
from tlzoo.registry.own import PLUGIN_API

from .published_entry import published_entry, write_trained

if TYPE_CHECKING:
    from tlzoo.runs import Run, Trained

__all__ = ["Published", "publish"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)?")
_WEIGHTS = "tuned"
_PATIENCE = 3600
"""Seconds to wait for another process that publishes the same name."""
"""Weights part of the id if the name has none."""


@dataclass(frozen=True, slots=True)
class Published:
    """The new entry, and the folder with its weights, recipe and result."""

    entry: Entry
    folder: Path

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of ``tlzoo publish --json``."""
        weights = self.entry.files["weights"]
        return {
            "id": self.entry.id,
            "base": self.entry.options["base"],
            "trained_from": self.entry.options["trained_from"],
            "licence": self.entry.licence,
            "hash": weights.hash,
            "bytes": weights.bytes,
            "folder": str(self.folder),
        }


def publish(
    run: Run, name: str, licence: str, *, replaces: bool = False, progress: Progress | None = None
) -> Published:
    """Create the entry ``local/NAME`` from a finished run's backbone, of any modality.

    The weights, with the moving statistics of preprocessing, go into the user's settings folder with the run's recipe
    and result. The entry records their SHA-256, the input size and the training data, and goes into the user's
    registry. Its ``base`` is the entry that provides the architecture. ``trained_from``, with hashes, is only
    informative: that entry may be replaced or removed. A head with a single layer to classes or other choices becomes
    the entry's source head; other heads are not published. A ``name`` without a dot gets ``.tuned`` for its weights.

    If the process dies, either the old entry or the new one remains: each has its own folder, named by its hash, and
    the old folder is removed last.

    Raises UsageError for an invalid or taken name, RunError for an unfinished run.
    """
    from tlzoo.runs.results.trained_backbone import trained_backbone

    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is not a valid name for an entry", "use lowercase letters, digits and hyphens: my-flowers"
        )
    licence = licence_expression(licence)
    name = name if "." in name else f"{name}.{_WEIGHTS}"
    parent = Path(settings_path(), "published")
    parent.mkdir(parents=True, exist_ok=True)
    progress, full = progress or Silent(), f"{LOCAL}/{name}"
    with exclusive(parent / name, seconds=_PATIENCE, note=progress.note):
        _refuse_taken(full, replaces=replaces)
        trained = trained_backbone(run, progress)
        folder, files = _write_files(parent / name, run, trained)
        entry = published_entry(full, files, licence, run.result, trained)
        with exclusive(Path(own_registry_path())):
            _refuse_taken(full, replaces=replaces)  # `tlzoo registry add` may have taken it in the meantime
            _write({**_own_entries(), full: entry})
        _remove_others(folder)
    return Published(entry, folder)


def _write_files(parent: Path, run: Run, trained: Trained) -> tuple[Path, dict[str, File]]:
    """Write the files into a folder under ``parent`` named by their hash; return it and the entry's files."""
    from tlzoo.artifacts.hashing import digest

    parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(parent / "new") as made:
        names = write_trained(made, trained)
        for file in ("recipe.toml", "result.json"):
            shutil.copyfile(run.path / file, made / file)
        hashes = {path.name: digest(path) for path in sorted(made.iterdir())}
        folder = parent / hashlib.sha256(json.dumps(hashes).encode()).hexdigest()[:16]
        if not _holds(folder, hashes):
            with atomic_folder(folder) as whole:
                shutil.copytree(made, whole, dirs_exist_ok=True)
    paths = {key: folder.resolve() / name for key, name in names.items()}
    return folder, {key: File(f"file:{path}", hashes[path.name], path.stat().st_size) for key, path in paths.items()}


def _holds(folder: Path, hashes: Mapping[str, str]) -> bool:
    """Return whether a folder already has exactly these files; it is then reused, as an entry may refer to it."""
    from tlzoo.artifacts.hashing import digest

    return all((folder / name).is_file() and digest(folder / name) == each for name, each in hashes.items())


def _remove_others(folder: Path) -> None:
    """Remove the folders of former entries of this name, except hidden ones that other processes are writing."""
    for each in folder.parent.iterdir():
        if each.is_dir() and each != folder and not each.name.startswith("."):
            shutil.rmtree(each, ignore_errors=True)


def _refuse_taken(full: str, *, replaces: bool) -> None:
    if full in _own_entries() and not replaces:
        raise UsageError(f"{full} already exists", "choose another name, or use --replace")


def _own_entries() -> dict[str, Entry]:
    from tlzoo.registry.reading import read_registry

    path = Path(own_registry_path())
    return {each.id: each for each in read_registry(path).entries} if path.is_file() else {}


def _write(entries: dict[str, Entry]) -> None:
    """Validate and write the registry of the user's own entries."""
    from tlzoo.registry import Provider, Registry
    from tlzoo.registry.merging import declarations_of
    from tlzoo.registry.validation import validated
    from tlzoo.registry.writing import index_text

    provider = Provider("tlzoo", "tlzoo", PLUGIN_API, (LOCAL,))
    own = tuple(entries[key] for key in sorted(entries))
    made = index_text(Registry("own", (provider,), own, declarations_of(own)))
    text = f"# The user's own entries. Written by `tlzoo publish`.\n{made.partition(chr(10))[2]}"
    validated(tomllib.loads(text), "the new registry")
    path = Path(own_registry_path())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
