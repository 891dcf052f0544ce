"""Weights in Hugging Face's layout of networks without a head."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

__all__ = ["PREFIXED", "is_bare", "load_bare_weights"]

PREFIXED = ("albert", "distilbert", "roberta")
"""Types whose tensors KerasHub looks up with the type as a prefix, as language models have them."""


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
