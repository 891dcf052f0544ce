"""Layers of KerasHub's hierarchical transformers, Swin and MiT, that support loading.

KerasHub's layers write classes into their configuration, or omit arguments of their constructors, and are not built
when their weights are loaded. A saved model needs this module: `import tlzoo_vision.hub.pyramids` before it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras_hub.src.models.mit.mit_layers import HierarchicalTransformerEncoder, OverlappingPatchingAndEmbedding
from keras_hub.src.models.swin_transformer.swin_transformer_layers import (
    PatchEmbedding,
    PatchMerging,
    SwinTransformerStage,
)

__all__ = ["readable"]


def readable(network: keras.Model) -> keras.Model:
    """Give the layers that cannot be loaded the classes of this module, which only differ in how they are loaded.

    The layers themselves stay, with their weights: building them again would take as long as building the network.
    """
    for layer in network.layers:
        if type(layer) in _INSTEAD:
            layer.__class__ = _INSTEAD[type(layer)]
    return network


class _Readable(keras.Layer):  # type: ignore[misc]
    """Base class of these layers: a configuration of plain values, and all variables after `build`."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the variables of all inner layers by a symbolic call."""
        keras.Operation.compute_output_spec(self, keras.KerasTensor(input_shape, dtype=self.compute_dtype))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return _config(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> keras.Layer:
        """Return a layer from its configuration."""
        return cls(**config)


@keras.saving.register_keras_serializable("tlzoo_vision")
class OverlappingPatches(_Readable, OverlappingPatchingAndEmbedding):  # type: ignore[misc]
    """Patches of MiT that overlap: (batch, height, width, channels) to (batch, patches, size)."""


@keras.saving.register_keras_serializable("tlzoo_vision")
class HierarchicalBlock(_Readable, HierarchicalTransformerEncoder):  # type: ignore[misc]
    """A block of MiT: (batch, patches, size) to the same shape."""


@keras.saving.register_keras_serializable("tlzoo_vision")
class NormalizedPatches(_Readable, PatchEmbedding):  # type: ignore[misc]
    """Patches of Swin: (batch, height, width, channels) to (batch, patches, size), normalized if `normalizes`."""

    def __init__(self, *, normalizes: bool, **rest: Any) -> None:
        super().__init__(norm_layer=keras.layers.LayerNormalization if normalizes else None, **rest)


@keras.saving.register_keras_serializable("tlzoo_vision")
class WindowedStage(_Readable, SwinTransformerStage):  # type: ignore[misc]
    """A stage of Swin: (batch, patches, size) to the same shape, or with `merges` to (batch, patches / 4, 2 size)."""

    def __init__(self, *, merges: bool, **rest: Any) -> None:
        super().__init__(downsample=PatchMerging if merges else None, **rest)


_INSTEAD: dict[type[keras.Layer], Any] = {
    HierarchicalTransformerEncoder: HierarchicalBlock,
    OverlappingPatchingAndEmbedding: OverlappingPatches,
    PatchEmbedding: NormalizedPatches,
    SwinTransformerStage: WindowedStage,
}


def _config(layer: Any) -> dict[str, Any]:
    """Return the constructor's arguments for a layer of KerasHub or of this module."""
    read = next(read for cls, read in _READ.items() if isinstance(layer, cls))
    return {**keras.Layer.get_config(layer), **read(layer)}


def _stage(layer: Any) -> dict[str, Any]:
    public = ("dim", "depth", "window_size", "num_heads", "mlp_ratio")
    private = ("drop_path", "qkv_bias", "dropout_rate", "attention_dropout")
    return {
        **{name: getattr(layer, name) for name in public},
        **{name: getattr(layer, f"_{name}") for name in private},
        "input_resolution": list(layer.input_resolution),
        "merges": layer.downsample is not None,
    }


_READ: dict[type[keras.Layer], Callable[[Any], dict[str, Any]]] = {
    HierarchicalTransformerEncoder: lambda layer: {
        "project_dim": layer.project_dim,
        "num_heads": layer.num_heads,
        "sr_ratio": layer.attn.sr_ratio,
        "drop_prob": float(layer.drop_prop),
        "layer_norm_epsilon": layer.norm1.epsilon,
    },
    OverlappingPatchingAndEmbedding: lambda layer: {
        "project_dim": layer.project_dim,
        "patch_size": layer.patch_size,
        "stride": layer.stride,
    },
    PatchEmbedding: lambda layer: {
        "patch_size": layer.patch_size,
        "embed_dim": layer.embed_dim,
        "data_format": layer.data_format,
        "normalizes": layer.norm is not None,
    },
    SwinTransformerStage: _stage,
}
