"""Layer of DeBERTa's relative positions that supports loading of saved models.

KerasHub's layer does not build its normalization before weights are loaded, so Keras refuses every saved model
with it. A saved model needs this module: `import tlzoo_text.transformers.relative_embedding` before it is loaded.
"""

from __future__ import annotations

from typing import Any

import keras
from keras_hub.src.models.deberta_v3.relative_embedding import RelativeEmbedding

__all__ = ["BuiltRelativeEmbedding", "mended"]


@keras.saving.register_keras_serializable("tlzoo_text")
class BuiltRelativeEmbedding(RelativeEmbedding):  # type: ignore[misc]
    """Embeddings of token distances (He et al. 2021, arXiv 2006.03654, section 3.1), complete after ``build``."""

    def build(self, _input_shape: Any) -> None:
        """Build the normalization."""
        if not self.layer_norm.built:
            self.layer_norm.build((None, 2 * self.bucket_size, self.hidden_dim))


def mended(layer: keras.Layer) -> keras.Layer:
    """Return the layer, or a replacement with the same weights that can be loaded."""
    if type(layer) is not RelativeEmbedding:
        return layer
    made = BuiltRelativeEmbedding.from_config(layer.get_config())
    made.build(None)
    made.set_weights(layer.get_weights())
    return made
