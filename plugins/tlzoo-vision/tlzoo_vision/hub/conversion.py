"""Corrections of KerasHub's conversion from the layout of transformers, applied at every load."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import EntryError

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

    from tlzoo.registry import Entry

__all__ = ["PREFIXED", "complete_conversion", "is_bare", "load_bare_weights"]

PREFIXED = ("deit", "vit")
"""Types whose tensors KerasHub looks up with the type as a prefix, as classifiers have them."""

_CUBIC = -0.75
"""Parameter of PyTorch's bicubic interpolation; TensorFlow's is -0.5 (Keys 1981, equation 4)."""


def complete_conversion(entry: Entry, network: keras.Model, config: Mapping[str, Any]) -> None:
    """Correct a converted network.

    Raises:
        EntryError: For an activation that KerasHub ignores.
    """
    if config.get("model_type") == "dinov2":
        _interpolate_positions(network.embeddings)
    activation = config.get("hidden_act", "gelu")
    if activation != "gelu" and config.get("model_type") != "dinov3_vit":
        raise EntryError(f"{entry.id}: config has the activation {activation!r}, but KerasHub supports only 'gelu'")


def _interpolate_positions(embeddings: Any) -> None:
    """Interpolate DINOv2's positions to the image size as PyTorch does, without antialiasing."""
    side, size = embeddings.position_embedding_shape[0], embeddings.patch_size
    rows, columns = (each // size for each in embeddings.image_shape)
    if (rows, columns) == (side // size, side // size):
        return
    table = np.asarray(embeddings.position_embeddings)
    grid = table[0, 1:].reshape(side // size, side // size, -1)
    grid = np.einsum("ri,cj,ijd->rcd", _cubic(side // size, rows), _cubic(side // size, columns), grid)
    positions = np.concatenate([table[:, :1], grid.reshape(1, rows * columns, -1)], axis=1)
    embeddings.interpolated_position_embeddings.assign(positions.astype("float32"))


def _cubic(given: int, wanted: int) -> NDArray[np.float64]:
    """Return the weights (wanted, given) of bicubic interpolation along one axis, edges repeated."""
    centres = (np.arange(wanted) + 0.5) * given / wanted - 0.5
    weights = np.zeros((wanted, given))
    for offset in (-1, 0, 1, 2):
        places = np.floor(centres).astype(int) + offset
        distance = np.abs(centres - places)
        near = ((_CUBIC + 2) * distance - (_CUBIC + 3)) * distance**2 + 1
        far = ((_CUBIC * distance - 5 * _CUBIC) * distance + 8 * _CUBIC) * distance - 4 * _CUBIC
        np.add.at(weights, (np.arange(wanted), places.clip(0, given - 1)), np.where(distance <= 1, near, far))
    return weights


def load_bare_weights(network: keras.Model, folder: str, config: Mapping[str, Any]) -> None:
    """Load the weights of a network that was saved without a head, whose tensors have no prefix such as ``vit.``.

    KerasHub looks for tensors with the prefix of a classifier, for ViT and DeiT.
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
