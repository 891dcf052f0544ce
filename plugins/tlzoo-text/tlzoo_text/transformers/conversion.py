"""Corrections of KerasHub's conversion from Hugging Face's layout, applied at every load."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.errors import EntryError

if TYPE_CHECKING:
    from tlzoo.registry import Entry

    from .presets import Preset

__all__ = ["complete_conversion"]

_EXACT = ("gelu",)
_APPROXIMATE = ("gelu_new", "gelu_fast", "gelu_pytorch_tanh")
"""Hugging Face's names of the exact GELU, and of its approximation by tanh."""


def complete_conversion(entry: Entry, preset: Preset, files: Mapping[str, Path]) -> None:
    """Correct a network converted from Hugging Face's layout; do not change others."""
    if preset.layout != "huggingface":
        return
    _set_activation(entry, preset)
    if entry.options["class"] == "RobertaBackbone" and "weights" in files:
        _add_token_type(preset, files["weights"])


def _add_token_type(preset: Preset, weights: Path) -> None:
    """Add RoBERTa's only token type embedding to the embedding of every position.

    KerasHub does this for XLM-R, but not for RoBERTa, where the published weights are zeros; fine-tuned ones may
    differ.
    """
    from safetensors import safe_open

    with safe_open(weights, framework="np") as file:
        names = [name for name in file.keys() if name.endswith("embeddings.token_type_embeddings.weight")]  # noqa: SIM118
        types = [file.get_tensor(name)[0] for name in names]
    positions = preset.network.get_layer("embeddings").position_embedding.position_embeddings
    for each in types:
        positions.assign(positions + each)


def _set_activation(entry: Entry, preset: Preset) -> None:
    """Set the exact GELU in all blocks if the config names it.

    KerasHub builds BERT with GELU's approximation by tanh (Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2), as
    Google published it. Hugging Face's BERT has the exact one in its config.json, which KerasHub ignores.

    Raises:
        EntryError: For an activation that KerasHub does not support.
    """
    import keras

    named = (
        preset.config.get("hidden_act") or preset.config.get("activation") or preset.config.get("activation_function")
    )
    if named is None:
        return
    if named not in (*_EXACT, *_APPROXIMATE):
        raise EntryError(f"{entry.id}: config has the activation {named!r}, but KerasHub supports only GELU")
    for layer in preset.network.layers:
        dense = getattr(layer, "_feedforward_intermediate_dense", None)
        if dense is None:
            continue
        if named in _EXACT:
            layer.activation = dense.activation = keras.activations.gelu
        elif dense.activation is keras.activations.gelu:
            raise EntryError(
                f"{entry.id}: config has the activation {named!r}, but KerasHub supports only the exact GELU"
            )
