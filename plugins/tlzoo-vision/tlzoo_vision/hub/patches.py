"""Layers of KerasHub's vision transformers that work in a graph and support loading.

KerasHub writes sizes into their configuration that their constructors refuse, and returns None with a tensor. A saved
model needs this module: `import tlzoo_vision.hub.patches` before it is loaded.
"""

from __future__ import annotations

from typing import Any

import keras
from keras_hub.src.models.deit.deit_layers import DeiTEmbeddings, DeiTEncoderBlock
from keras_hub.src.models.vit.vit_layers import ViTEncoderBlock, ViTPatchingAndEmbedding

__all__ = ["mended"]

_DERIVED = ("num_patches", "num_positions")


@keras.saving.register_keras_serializable("tlzoo_vision")
class Patches(ViTPatchingAndEmbedding):  # type: ignore[misc]
    """Patches of ViT, with their positions and the class token."""

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {key: value for key, value in super().get_config().items() if key not in _DERIVED}


@keras.saving.register_keras_serializable("tlzoo_vision")
class DistilledPatches(DeiTEmbeddings):  # type: ignore[misc]
    """Patches of DeiT, with their positions, the class token and the distillation token."""

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {key: value for key, value in super().get_config().items() if key not in _DERIVED}


@keras.saving.register_keras_serializable("tlzoo_vision")
class DistilledBlock(DeiTEncoderBlock):  # type: ignore[misc]
    """A block of DeiT: (batch, tokens, size) to the same shape."""

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {key: value for key, value in super().get_config().items() if key != "key_dim"}

    def call(self, hidden: Any) -> Any:
        """Return the block's output without its attention."""
        return super().call(hidden)[0]


@keras.saving.register_keras_serializable("tlzoo_vision")
class Block(ViTEncoderBlock):  # type: ignore[misc]
    """A block of ViT: (batch, tokens, size) to the same shape."""

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {key: value for key, value in super().get_config().items() if key != "key_dim"}


_INSTEAD = {
    DeiTEmbeddings: DistilledPatches,
    DeiTEncoderBlock: DistilledBlock,
    ViTEncoderBlock: Block,
    ViTPatchingAndEmbedding: Patches,
}


def mended(layer: keras.Layer, shape: tuple[int | None, ...]) -> keras.Layer:
    """Return the layer, or a replacement with the same weights that can be loaded; ``shape`` is its input shape."""
    own: Any = _INSTEAD.get(type(layer))
    if own is None:
        return layer
    config = {key: value for key, value in layer.get_config().items() if key not in (*_DERIVED, "key_dim")}
    made: keras.Layer = own.from_config(config)
    made.build(shape)
    made.set_weights(layer.get_weights())
    return made
