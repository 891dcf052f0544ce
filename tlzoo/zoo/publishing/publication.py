"""A run's backbone as an entry of the user's own: the source of the next transfer."""

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
from tlzoo.modalities import require_modality
from tlzoo.progress import Progress, Silent
from tlzoo.registry import LOCAL, Entry, File, InputContract, TrainingData

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.runs import Recipe, Run, Trained

__all__ = ["Published", "publish"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)?")
_API = ">=0.2,<0.3"
_WEIGHTS = "tuned"
_PATIENCE = 3600
"""Seconds to wait for another process that publishes under the same name."""
"""What comes behind the dot of an id where the name says nothing."""


@dataclass(frozen=True, slots=True)
class Published:
    """The new entry, and the folder that holds its weights, recipe and result."""

    entry: Entry
    folder: Path

    def to_json(self) -> dict[str, Any]:
        """Return what ``tlzoo publish --json`` prints."""
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
    """Make ``local/NAME`` of a finished run's backbone, whatever its modality.

    Its weights, the moving statistics of its preprocessing among them, go into a folder of the user's settings with the
    run's recipe and result. The entry has their SHA-256, the input's size as it was trained and what it was trained on;
    it goes into the registry of the user's own entries. Its ``base`` is the entry that brings the architecture, all
    that is taken of it. ``trained_from``, with hashes, is told to who reads it: that entry may be replaced or go. A
    head of one layer, to classes or other choices, goes along as the entry's source head, and any other stays
    behind. A ``name`` without a dot gets ``.tuned`` for its weights.

    A process that dies on the way leaves the entry that was there, or the new one: each has a folder of its own, named
    by what is in it, and the old one's goes last.

    Raises UsageError for a name that is none or is taken, RunError for a run that is not finished.
    """
    from tlzoo.runs.results.trained_backbone import trained_backbone

    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for an entry", "lower-case letters, digits and hyphens: my-flowers")
    if not licence.strip():
        raise UsageError("it needs a licence", "name it, as in --licence Apache-2.0")
    name = name if "." in name else f"{name}.{_WEIGHTS}"
    parent = Path(settings_path(), "published")
    parent.mkdir(parents=True, exist_ok=True)
    progress, full = progress or Silent(), f"{LOCAL}/{name}"
    with exclusive(parent / name, seconds=_PATIENCE, note=progress.note):
        _refuse_taken(full, replaces=replaces)
        trained = trained_backbone(run, progress)
        folder, files = _write_files(parent / name, run, trained)
        entry = _entry(full, files, licence.strip(), run.result, trained)
        with exclusive(Path(own_registry_path())):
            _refuse_taken(full, replaces=replaces)  # `tlzoo registry add` may have taken it since
            _write({**_own_entries(), full: entry})
        _remove_others(folder)
    return Published(entry, folder)


def _entry(full: str, files: Mapping[str, File], licence: str, result: Mapping[str, Any], trained: Trained) -> Entry:
    source = trained.entry
    taken = _input(source, trained.recipe, trained.backbone)
    hashes = {key: file.hash for key, file in source.files.items() if file.hash is not None}
    return Entry(
        id=full,
        plugin="tlzoo",
        summary=f"{source.id}, then trained on {result['data']} by {result['strategy']}",
        modality=source.modality,
        loader="published",
        files=files,
        input=taken,
        features=source.features,
        licence=licence,
        paper=source.paper,
        training=TrainingData(str(result["data"]), classes=None if trained.head is None else len(trained.head[1])),
        measured=source.measured if taken == source.input else None,
        options={
            "base": _architecture(source),
            "trained_from": source.id,
            "trained_from_hashes": hashes,
            "strategy": result["strategy"],
            "weights": result["weights"],
            "seed": trained.recipe.seed,
        },
        tags=("published",),
    )


def _write_files(parent: Path, run: Run, trained: Trained) -> tuple[Path, dict[str, File]]:
    """Write what is kept into a folder under ``parent`` that its contents name; return it and the entry's files."""
    from tlzoo.artifacts.hashing import digest
    from tlzoo.backbones import write_source_head, write_weights

    parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(parent / "new") as made:
        names = {"weights": "weights.npz"}
        write_weights(made / names["weights"], trained.backbone)
        if trained.head is not None:
            names["weights_head"] = "head.npz"
            write_source_head(made / names["weights_head"], *trained.head)
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
    """Say whether a folder has these files as they were written: then it stays, as an entry may be made of it."""
    from tlzoo.artifacts.hashing import digest

    return all((folder / name).is_file() and digest(folder / name) == each for name, each in hashes.items())


def _remove_others(folder: Path) -> None:
    """Remove what former entries of the same name had; what another process writes is hidden, and stays."""
    for each in folder.parent.iterdir():
        if each.is_dir() and each != folder and not each.name.startswith("."):
            shutil.rmtree(each, ignore_errors=True)


def _architecture(source: Entry) -> str:
    """Return the id of the entry whose architecture it is: published ones, which may be replaced, have another's."""
    from tlzoo.plugins import catalog

    while source.loader == "published":
        source = catalog().get(str(source.options["base"]))
    return source.id


def _input(base: Entry, recipe: Recipe, backbone: Backbone) -> InputContract:
    """Return the input contract at the size that the run was trained at."""
    modality = require_modality(base.modality)
    sizes = {"image_size": recipe.image_size, "sequence_length": recipe.sequence_length}
    return modality.trained_input(base.input, backbone.preprocessing, **sizes)


def _refuse_taken(full: str, *, replaces: bool) -> None:
    if full in _own_entries() and not replaces:
        raise UsageError(f"{full} is there already", "take another name, or --replace it")


def _own_entries() -> dict[str, Entry]:
    from tlzoo.registry.reading import read_registry

    path = Path(own_registry_path())
    return {each.id: each for each in read_registry(path).entries} if path.is_file() else {}


def _write(entries: dict[str, Entry]) -> None:
    """Write the registry of the user's own entries, once it has been checked."""
    from tlzoo.registry import Provider, Registry
    from tlzoo.registry.merging import declarations_of
    from tlzoo.registry.validation import validated
    from tlzoo.registry.writing import index_text

    provider = Provider("tlzoo", "tlzoo", _API, (LOCAL,))
    own = tuple(entries[key] for key in sorted(entries))
    made = index_text(Registry("own", (provider,), own, declarations_of(own)))
    text = f"# The user's own entries. Written by `tlzoo publish`.\n{made.partition(chr(10))[2]}"
    validated(tomllib.loads(text), "the new registry")
    path = Path(own_registry_path())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
