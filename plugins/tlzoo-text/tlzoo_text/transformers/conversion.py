"""Corrections of KerasHub's conversion from Hugging Face's layout, applied at every load."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import EntryError

if TYPE_CHECKING:
    import keras

    from tlzoo.registry import Entry

    from .presets import Preset

__all__ = ["PREFIXED", "complete_conversion", "is_bare", "load_bare_weights"]

PREFIXED = ("albert", "distilbert", "roberta")
"""Types whose tensors KerasHub looks up with the type as a prefix, as language models have them."""

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


def load_bare_weights(network: keras.Model, folder: str, config: Mapping[str, Any]) -> None:
    """Load the weights of a network that was saved without a head, whose tensors have no prefix such as ``roberta.``.

    KerasHub looks for tensors with the prefix of a language model, for ALBERT, DistilBERT and RoBERTa.
    """
    from keras_hub.src.utils.transformers.preset_loader import TransformersPresetLoader
    from keras_hub.src.utils.transformers.safetensor_utils import SafetensorLoader

    prefix = f"{config['model_type']}."

    class BareLoader(SafetensorLoader):  # type: ignore[misc]
        def get_prefixed_key(self, hf_weight_key: str, dict_like: Any) -> str:  # noqa: ARG002
            """Return the name of a tensor in the file."""
            return hf_weight_key.removeprefix(prefix)

    converter = TransformersPresetLoader(folder, dict(config)).converter
    with BareLoader(folder) as loader:
        converter.convert_weights(network, loader, dict(config))


def is_bare(weights: Path, config: Mapping[str, Any]) -> bool:
    """Return whether no tensor has the prefix that KerasHub looks for."""
    from safetensors import safe_open

    if config.get("model_type") not in PREFIXED:
        return False
    with safe_open(weights, framework="np") as file:
        return not any(name.startswith(f"{config['model_type']}.") for name in file.keys())  # noqa: SIM118
