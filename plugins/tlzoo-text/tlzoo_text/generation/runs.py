"""Adapters and merged networks of finished runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.progress import Silent

from .adapters import AdapterCard, write_adapter
from .data import base_entry
from .head import CausalLM
from .tokens import Codec
from .training.network import CausalNetwork

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry
    from tlzoo.runs import Run, Trained

__all__ = ["export_preset", "save_adapter"]


def save_adapter(run: Run, folder: Path, progress: Progress | None = None) -> AdapterCard:
    """Write the adapter of a finished run, a folder of two small files.

    Args:
        run: A run of text generation with low-rank adapters.
        folder: The folder, which is created.
        progress: Receives progress.

    Returns:
        The content of ``adapter.json``.

    Raises:
        UsageError: If the run has no adapters, or trained more than these.
    """
    from tlzoo.backbones import LoadRequest, load_backbone

    trained, head = _trained(run, progress)
    now = _weights(trained.backbone)
    length = trained.backbone.preprocessing.shape[0]
    recipe = trained.recipe
    request = LoadRequest(weights=recipe.weights or "pretrained", sequence_length=length, seed=recipe.seed)
    before = dict(now) | _weights(load_backbone(trained.entry, request))
    return write_adapter(folder, now, before, trained.backbone, Codec(trained.backbone, head.separator))


def export_preset(run: Run, folder: Path, progress: Progress | None = None) -> Path:
    """Write the network of a finished run as a preset of KerasHub, with adapters merged into the weights.

    ``keras_hub.models.GPT2CausalLM.from_preset(folder)`` loads it without tlzoo.

    Args:
        run: A run of text generation.
        folder: The folder, which must not exist.
        progress: Receives progress.

    Returns:
        The folder.

    Raises:
        UsageError: If the folder exists.
    """
    import keras_hub

    if folder.exists():
        raise UsageError(f"{folder} exists", "choose another folder")
    trained, _ = _trained(run, progress)
    network = CausalNetwork(trained.backbone)
    backbone = keras_hub.models.GPT2Backbone(**network.sizes)
    merged = network.merged()
    for variable in backbone.weights:
        variable.assign(merged[variable.path])
    vocabulary, merges = _vocabulary(trained.entry)
    if not merges:
        raise UsageError(
            f"the tokenizer of {trained.entry.id} has no merges, which KerasHub cannot load", "publish the run instead"
        )
    tokenizer = keras_hub.models.GPT2Tokenizer(vocabulary=vocabulary, merges=merges)
    preprocessor = keras_hub.models.GPT2CausalLMPreprocessor(
        tokenizer, sequence_length=trained.backbone.preprocessing.shape[0]
    )
    keras_hub.models.GPT2CausalLM(backbone=backbone, preprocessor=preprocessor).save_to_preset(str(folder))
    return folder


def _trained(run: Run, progress: Progress | None) -> tuple[Trained, CausalLM]:
    from tlzoo.runs import trained_backbone

    if run.result.get("task") != "generation":
        raise UsageError(f"{run.path} did not learn to generate text", "use a run on prompts:")
    return trained_backbone(run, progress or Silent()), CausalLM.model_validate(run.recipe.head.options)


def _weights(backbone: Backbone) -> dict[str, np.ndarray]:
    return {variable.path: variable.numpy() for variable in backbone.model.weights}


def _vocabulary(entry: Entry) -> tuple[dict[str, int], list[str]]:
    """Return the vocabulary and the merges of an entry, as KerasHub's tokenizer takes them."""
    from tlzoo.artifacts import resolve
    from tlzoo_text.transformers.presets import preset_files

    entry = base_entry(entry)
    files = preset_files(entry, resolve(entry))
    lines = files["merges"].read_text(encoding="utf-8").split("\n")
    merges = [line for line in lines if line and not line.startswith("#version")]
    return json.loads(files["vocabulary"].read_bytes()), merges
