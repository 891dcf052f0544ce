"""What KerasHub leaves out when it converts files in Hugging Face's layout; done at every load, as it is in no file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.errors import EntryError

if TYPE_CHECKING:
    from tlzoo.registry import Entry

    from .presets import Preset

__all__ = ["complete_conversion"]

_EXACT = {"gelu"}
_APPROXIMATE = {"gelu_new", "gelu_fast", "gelu_pytorch_tanh"}
"""Hugging Face's words for GELU as it is defined, and for its approximation by tanh."""


def complete_conversion(entry: Entry, preset: Preset, files: Mapping[str, Path]) -> None:
    """Make a network that was converted from Hugging Face's layout what its makers had; leave others as they are."""
    if preset.layout != "huggingface":
        return
    _set_activation(entry, preset)
    if entry.options["class"] == "RobertaBackbone" and "weights" in files:
        _add_token_type(preset, files["weights"])


def _add_token_type(preset: Preset, weights: Path) -> None:
    """Add the embedding of the one type of token that RoBERTa has to that of every position.

    KerasHub does so for XLM-R and not for RoBERTa, whose published weights have zeros there; those trained on from them
    need not.
    """
    from safetensors import safe_open

    with safe_open(weights, framework="np") as file:
        names = [name for name in file.keys() if name.endswith("embeddings.token_type_embeddings.weight")]  # noqa: SIM118
        types = [file.get_tensor(name)[0] for name in names]
    positions = preset.network.get_layer("embeddings").position_embedding.position_embeddings
    for each in types:
        positions.assign(positions + each)


def _set_activation(entry: Entry, preset: Preset) -> None:
    """Give the blocks the exact GELU where the weights' makers say so.

    KerasHub builds BERT with GELU's approximation by tanh (Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2), as
    Google published it. Hugging Face's BERT has the exact one, which its config.json says and KerasHub passes over.
    Raises EntryError for an activation that KerasHub does not build.
    """
    import keras

    named = (
        preset.config.get("hidden_act") or preset.config.get("activation") or preset.config.get("activation_function")
    )
    if named is None:
        return
    if named not in _EXACT | _APPROXIMATE:
        raise EntryError(f"{entry.id}: config says activation {named!r}, and KerasHub builds GELU")
    for layer in preset.network.layers:
        dense = getattr(layer, "_feedforward_intermediate_dense", None)
        if dense is None:
            continue
        if named in _EXACT:
            layer.activation = dense.activation = keras.activations.gelu
        elif dense.activation is keras.activations.gelu:
            raise EntryError(f"{entry.id}: config says activation {named!r}, and KerasHub builds the exact GELU")
