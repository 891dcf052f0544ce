"""Registration of this plugin's components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tlzoo.plugins import hookimpl

if TYPE_CHECKING:
    from pathlib import Path

    from tlzoo.artifacts import Importer
    from tlzoo.backbones import Backbone, Loader, LoadRequest
    from tlzoo.data import DataAdapter
    from tlzoo.heads import Head
    from tlzoo.registry import Entry
    from tlzoo.tasks import Task
    from tlzoo.training import Trainer


@hookimpl
def tlzoo_backbones() -> Mapping[str, Loader]:
    """Return the loaders of the packaged embedding, of fastText vectors and of KerasHub's transformers."""
    return {"fasttext": _fasttext, "static": _static, "transformer": _transformer}


# Modules with Keras layers are imported with their first backbone.
def _fasttext(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    from .fasttext import load_fasttext

    return load_fasttext(entry, files, request)


def _static(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    from .static import load_static

    return load_static(entry, files, request)


def _transformer(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    from .transformers import load_transformer

    return load_transformer(entry, files, request)


@hookimpl
def tlzoo_importers() -> Mapping[str, Importer]:
    """Return the importers of KerasHub's presets, and of the networks of transformers that it converts."""
    from .transformers.importing import IMPORTED, import_transformer
    from .transformers.preset_importing import PRESETS, import_preset

    return dict.fromkeys(IMPORTED, import_transformer) | dict.fromkeys(PRESETS, import_preset)


@hookimpl
def tlzoo_tasks() -> Mapping[str, type[Task]]:
    """Return token tagging."""
    from .tagging.task import Tagging

    return {Tagging.kind: Tagging}


@hookimpl
def tlzoo_data_adapters() -> Mapping[str, DataAdapter]:
    """Return the adapters of texts with tags or spans, and of prompts with completions."""
    from .generation import prompts
    from .tagging.sources.conll import conll
    from .tagging.sources.spans import spans

    return {"conll": conll, "prompts": prompts, "spans": spans}


@hookimpl
def tlzoo_heads() -> Mapping[str, type[Head]]:
    """Return the heads of taggers and of causal transformers."""
    from .generation import CausalLM
    from .tagging.heads import Tagger

    return {each.name: each for each in (Tagger, CausalLM)}


@hookimpl
def tlzoo_trainers() -> Mapping[str, type[Trainer]]:
    """Return the trainer of text generation."""
    from .generation import GenerationTrainer

    return {"generation": GenerationTrainer}


@hookimpl
def tlzoo_layers() -> Mapping[str, str]:
    """Return the layers of saved models for texts."""
    from importlib.util import find_spec

    layers = {
        "tlzoo_text>FastTextTokens": "tlzoo_text.fasttext.tokens:FastTextTokens",
        "tlzoo_text>MeanOfTokens": "tlzoo_text.static.embedding:MeanOfTokens",
        "tlzoo_text>UnitLength": "tlzoo_text.static.embedding:UnitLength",
        "tlzoo_text>WordPiece": "tlzoo_text.wordpiece.layer:WordPiece",
    }
    if find_spec("keras_hub") is not None:
        relative = "tlzoo_text.transformers.relative_embedding:BuiltRelativeEmbedding"
        layers["tlzoo_text>BuiltRelativeEmbedding"] = relative
    return layers
