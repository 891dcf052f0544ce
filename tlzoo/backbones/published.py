"""The loader of published runs: the architecture of another entry with trained weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.backbones.arrays import read_weights
from tlzoo.backbones.contract import Backbone, LoadRequest
from tlzoo.backbones.loading import load_backbone, load_digest
from tlzoo.backbones.source_head import read_source_head
from tlzoo.errors import EntryError
from tlzoo.modalities import require_modality

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["load_published"]


def load_published(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the backbone of ``options.base`` in the size of this entry's input, with this entry's weights.

    Its source head is that of the run, if it was a single layer.

    Raises:
        EntryError: If the base is unknown.
        PluginError: If its plugin is missing.
    """
    from tlzoo.plugins import catalog

    name = str(entry.options["base"])
    try:
        base = catalog().get(name)
    except EntryError as error:
        raise EntryError(f"{entry.id} is based on {name}, which is unknown here", "install its plugin") from error
    sized = require_modality(entry.modality).published_request(entry.input, request)
    backbone = load_backbone(base, replace(sized, weights="random"))
    if request.weights == "pretrained":
        read_weights(files["weights"], backbone)
    head = read_source_head(files["weights_head"]) if "weights_head" in files else None  # the base's is out of date
    return replace(backbone, digest=load_digest(entry, files, request), source_head=head)
