"""Entries for the backbones of runs, and the files of their weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError
from tlzoo.files.local_paths import without_folders
from tlzoo.modalities import require_modality
from tlzoo.registry import LOCAL, Entry, File, InputContract, TrainingData
from tlzoo.registry.licences import TRAINED_FROM, licences_by_id

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.runs import Recipe, Trained

__all__ = ["published_entry", "refuse_local_architecture", "write_trained"]

_FILES = ("file:", "package:")
"""Starts of the ids of modules in folders."""


def write_trained(folder: Path, trained: Trained) -> dict[str, str]:
    """Write the weights of a run, and its head if it has a single layer; return the file names by the entry's keys."""
    from tlzoo.backbones import write_source_head, write_weights

    names = {"weights": "weights.npz"}
    write_weights(folder / names["weights"], trained.backbone)
    if trained.head is not None:
        names["weights_head"] = "head.npz"
        write_source_head(folder / names["weights_head"], *trained.head)
    return names


def published_entry(
    full: str, files: Mapping[str, File], licence: str, result: Mapping[str, Any], trained: Trained
) -> Entry:
    """Return the entry ``full`` of the loader ``published``, with files written by ``write_trained``."""
    source = trained.entry
    taken = _input(source, trained.recipe, trained.backbone)
    hashes = {key: file.hash for key, file in source.files.items() if file.hash is not None}
    return Entry(
        id=full,
        plugin="tlzoo",
        summary=f"{source.id}, fine-tuned on {result['data']} with {result['strategy']}",
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
            TRAINED_FROM: licences_by_id(source),
            "strategy": result["strategy"],
            "weights": result["weights"],
            "seed": trained.recipe.seed,
        },
        tags=("published",),
    )


def refuse_local_architecture(backbone: str) -> None:
    """Raise UsageError if only this machine has the architecture of a backbone: a folder, or an entry of your own."""
    from tlzoo.plugins import catalog

    base = backbone if backbone.startswith(_FILES) else _architecture(catalog().get(backbone))
    if base.startswith((*_FILES, f"{LOCAL}/")):
        raise UsageError(
            f"the model cannot be used elsewhere: {without_folders(base)} is only on this machine",
            "publish it as an entry of your own with --as NAME, or train with an entry of a plugin",
        )


def _architecture(source: Entry) -> str:
    """Return the id of the entry with the architecture. Published entries may be replaced, so their base is used."""
    from tlzoo.plugins import catalog

    while source.loader == "published":
        source = catalog().get(str(source.options["base"]))
    return source.id


def _input(base: Entry, recipe: Recipe, backbone: Backbone) -> InputContract:
    """Return the input contract at the input size of the run."""
    modality = require_modality(base.modality)
    sizes = {"image_size": recipe.image_size, "sequence_length": recipe.sequence_length}
    return modality.trained_input(base.input, backbone.preprocessing, **sizes)
