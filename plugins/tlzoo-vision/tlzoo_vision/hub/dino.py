"""Layers of DINOv2 and DINOv3 in KerasHub that can be cut between blocks, and that support training and loading.

KerasHub's DINOv2 has two tables of positions: training changes one, and a saved file may have the other. Both networks
have a mask token, which is not used here. DINOv3's blocks need rotary positions from outside. A saved model needs this
module: `import tlzoo_vision.hub.dino` before it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras_hub.src.models.dinov2.dinov2_backbone import DINOV2Backbone
from keras_hub.src.models.dinov2.dinov2_layers import DINOV2Embedding, DINOV2Layer
from keras_hub.src.models.dinov3.dinov3_backbone import DINOV3Backbone
from keras_hub.src.models.dinov3.dinov3_layers import (
    DINOV3Embedding,
    DINOV3Layer,
    DINOV3RopePositionEmbedding,
)

__all__ = ["self_distilled"]

Replace = Callable[[keras.Layer, tuple[int | None, ...]], keras.Layer]


@keras.saving.register_keras_serializable("tlzoo_vision")
class PositionedPatches(DINOV2Embedding):  # type: ignore[misc]
    """Patches of DINOv2 with the class token, registers, and one trainable table of positions for the image size."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**(rest | {"use_mask_token": False}))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the variables."""
        token = keras.initializers.TruncatedNormal(stddev=0.02)
        self.cls_token = self.add_weight(shape=(1, 1, self.hidden_dim), initializer=token, name="cls_token")
        if self.num_register_tokens > 0:
            shape = (1, self.num_register_tokens, self.hidden_dim)
            self.register_tokens = self.add_weight(shape=shape, initializer="zeros", name="register_tokens")
        self.patch_embeddings.build(input_shape)
        shape = (1, self.interpolated_num_patches + 1, self.hidden_dim)
        self.interpolated_position_embeddings = self.add_weight(shape=shape, initializer=token, name="positions")

    def save_own_variables(self, store: Any) -> None:
        """Save the variables as they are."""
        keras.Layer.save_own_variables(self, store)

    def load_own_variables(self, store: Any) -> None:
        """Load the variables as they are."""
        keras.Layer.load_own_variables(self, store)


@keras.saving.register_keras_serializable("tlzoo_vision")
class UnmaskedPatches(DINOV3Embedding):  # type: ignore[misc]
    """Patches of DINOv3 with the class token and registers."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**(rest | {"use_mask_token": False}))


@keras.saving.register_keras_serializable("tlzoo_vision")
class RotaryBlock(DINOV3Layer):  # type: ignore[misc]
    """A block of DINOv3 with its rotary positions: (batch, tokens, size) to the same shape.

    ``grid`` has the rows and columns of patches, ``prefix_tokens`` come before them and have no position.
    """

    def __init__(self, *, grid: list[int], prefix_tokens: int, rope_theta: float, **rest: Any) -> None:
        super().__init__(**rest)
        self.grid, self.prefix_tokens, self.rope_theta = tuple(grid), prefix_tokens, rope_theta
        self.rotary = DINOV3RopePositionEmbedding(
            self.hidden_dim, self.num_heads, rope_theta, patch_size=1, dtype=self.dtype_policy, name="rotary"
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the variables."""
        super().build(input_shape)
        self.rotary.built = True

    def call(self, hidden: Any, training: bool | None = None) -> Any:  # noqa: FBT001 - Keras's signature
        """Return the output of the block."""
        positions = self.rotary(ops.zeros((1, *self.grid, 1), dtype=self.compute_dtype))
        return super().call(
            hidden, position_embeddings=positions, num_prefix_tokens=self.prefix_tokens, training=training
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = {"grid": list(self.grid), "prefix_tokens": self.prefix_tokens, "rope_theta": self.rope_theta}
        config: dict[str, Any] = super().get_config()
        return config | own


def self_distilled(network: keras.Model) -> Replace | None:
    """Return the function that replaces a layer of DINOv2 or DINOv3; None for other networks."""
    if isinstance(network, DINOV2Backbone):
        return _of_dinov2
    return _of_dinov3(network) if isinstance(network, DINOV3Backbone) else None


def _of_dinov2(layer: keras.Layer, shape: tuple[int | None, ...]) -> keras.Layer:
    if isinstance(layer, DINOV2Layer):
        return layer
    made = PositionedPatches.from_config(layer.get_config())
    made.build(shape)
    names = ["cls_token", "interpolated_position_embeddings"]
    names += ["register_tokens"] if layer.num_register_tokens else []
    for name in names:
        getattr(made, name).assign(getattr(layer, name))
    made.patch_embeddings.set_weights(layer.patch_embeddings.get_weights())
    return made


def _of_dinov3(network: keras.Model) -> Replace:
    height, width = (side // network.patch_size for side in network.image_shape[:2])

    def replaced(layer: keras.Layer, shape: tuple[int | None, ...]) -> keras.Layer:
        config = layer.get_config()
        if isinstance(layer, DINOV3Layer):
            prefix_tokens, theta = 1 + network.num_register_tokens, float(network.rope_theta)
            config["drop_path_rate"] = float(config["drop_path_rate"])
            made = RotaryBlock(grid=[height, width], prefix_tokens=prefix_tokens, rope_theta=theta, **config)
            made.build(shape)
            made.set_weights(layer.get_weights())
            return made
        made = UnmaskedPatches.from_config(config)
        made.build(shape)
        made.cls_token.assign(layer.cls_token)
        if layer.num_register_tokens:
            made.register_tokens.assign(layer.register_tokens)
        made.patch_embeddings.set_weights(layer.patch_embeddings.get_weights())
        return made

    return replaced
