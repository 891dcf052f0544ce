"""A run's backbone as an entry of the user's own: the source of the next transfer."""

from __future__ import annotations

import re
import shutil
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.atomic import atomic_folder, write_text
from tlzoo.errors import UsageError
from tlzoo.folders import own_registry_path, settings_path
from tlzoo.progress import Progress, Silent
from tlzoo.registry import LOCAL, Entry, File, ImageInput, ObservationInput, TextInput, TrainingData

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.runs import Recipe, Run, Trained

__all__ = ["Published", "publish"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)?")
_API = ">=0.1,<0.2"
_WEIGHTS = "tuned"
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
    run's recipe and result. The entry has their SHA-256, the input's size as it was trained, what it was trained on and
    from which entry with which hashes; it goes into the registry of the user's own entries. A head of one layer, to
    classes or a policy's actions, goes along as the entry's source head, and any other stays behind. A ``name`` without
    a dot gets ``.tuned`` for its weights.

    Raises UsageError for a name that is none or is taken, RunError for a run that is not finished.
    """
    from tlzoo.runs.trained import trained_backbone

    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for an entry", "lower-case letters, digits and hyphens: my-flowers")
    if not licence.strip():
        raise UsageError("it needs a licence", "name it, as in --licence Apache-2.0")
    known = _own_entries()
    full = f"{LOCAL}/{name if '.' in name else f'{name}.{_WEIGHTS}'}"
    if full in known and not replaces:
        raise UsageError(f"{full} is there already", "take another name, or --replace it")
    result = run.result
    trained = trained_backbone(run, progress or Silent())
    base = trained.entry
    folder = Path(settings_path(), "published", full.removeprefix(f"{LOCAL}/"))
    files = _write_files(folder, run, trained)
    taken = _input(base, trained.recipe, trained.backbone)
    hashes = {key: file.hash for key, file in base.files.items() if file.hash is not None}
    entry = Entry(
        id=full,
        plugin="tlzoo",
        summary=f"{base.id}, then trained on {result['data']} by {result['strategy']}",
        modality=base.modality,
        loader="published",
        files=files,
        input=taken,
        features=base.features,
        licence=licence.strip(),
        paper=base.paper,
        training=TrainingData(str(result["data"]), classes=None if trained.head is None else len(trained.head[1])),
        measured=base.measured if taken == base.input else None,
        options={
            "base": base.id,
            "base_hashes": hashes,
            "strategy": result["strategy"],
            "weights": result["weights"],
            "seed": trained.recipe.seed,
        },
        tags=("published",),
    )
    _write({**known, full: entry})
    return Published(entry, folder)


def _write_files(folder: Path, run: Run, trained: Trained) -> dict[str, File]:
    """Write what is kept into the entry's folder, in the place of what was there; return the entry's files."""
    from tlzoo.artifacts.hashing import digest
    from tlzoo.backbones import write_source_head, write_weights

    folder.parent.mkdir(parents=True, exist_ok=True)
    with atomic_folder(folder) as made:
        names = {"weights": "weights.npz"}
        write_weights(made / names["weights"], trained.backbone)
        if trained.head is not None:
            names["weights_head"] = "head.npz"
            write_source_head(made / names["weights_head"], *trained.head)
        for file in ("recipe.toml", "result.json"):
            shutil.copyfile(run.path / file, made / file)
    paths = {key: folder.resolve() / name for key, name in names.items()}
    return {key: File(f"file:{path}", digest(path), path.stat().st_size) for key, path in paths.items()}


def _input(base: Entry, recipe: Recipe, backbone: Backbone) -> Any:
    """Return the input contract at the size that the run was trained at."""
    match base.input:
        case ImageInput() if recipe.image_size is not None:
            return replace(base.input, size=(recipe.image_size, recipe.image_size))
        case TextInput() if recipe.sequence_length is not None:
            return replace(base.input, sequence_length=recipe.sequence_length)
        case ObservationInput():
            return replace(base.input, shape=backbone.preprocessing.shape)
    return base.input


def _own_entries() -> dict[str, Entry]:
    from tlzoo.registry.reading import read_registry

    path = Path(own_registry_path())
    return {each.id: each for each in read_registry(path).entries} if path.is_file() else {}


def _write(entries: dict[str, Entry]) -> None:
    """Write the registry of the user's own entries, once it has been checked."""
    from tlzoo.registry import Provider, Registry
    from tlzoo.registry.validation import validated
    from tlzoo.registry.writing import index_text

    provider = Provider("tlzoo", "tlzoo", _API, (LOCAL,))
    made = index_text(Registry("own", (provider,), tuple(entries[key] for key in sorted(entries))))
    text = f"# The user's own entries. Written by `tlzoo publish`.\n{made.partition(chr(10))[2]}"
    validated(tomllib.loads(text), "the new registry")
    path = Path(own_registry_path())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
