"""all-MiniLM-L6-v2 in NumPy, for sequences of equal length, without a mask.

Source: Wang et al. 2020, arXiv 2002.10957; BERT's layers as in Devlin et al. 2019, arXiv 1810.04805.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.special import erf

__all__ = ["MiniLM", "read_safetensors"]


class MiniLM:
    """The network of a folder in Hugging Face's layout: ``config.json`` and ``model.safetensors``."""

    def __init__(self, folder: Path) -> None:
        self._configuration = json.loads((folder / "config.json").read_text("utf-8"))
        self._weights = read_safetensors(folder / "model.safetensors")
        self.token_vectors = self._weights["embeddings.word_embeddings.weight"]

    def __call__(self, ids: np.ndarray) -> np.ndarray:
        """Return the last hidden states, float32 (batch, length, size), of ids (batch, length)."""
        weights = self._weights
        states = self.token_vectors[ids] + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        states = self._normalized(
            states + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm"
        )
        for layer in range(self._configuration["num_hidden_layers"]):
            prefix = f"encoder.layer.{layer}."
            attended = self._dense(self._attention(states, prefix), f"{prefix}attention.output.dense")
            states = self._normalized(states + attended, f"{prefix}attention.output.LayerNorm")
            hidden = self._dense(states, f"{prefix}intermediate.dense")
            hidden *= (1 + erf(hidden / np.float32(2) ** 0.5)) / 2
            states = self._normalized(
                states + self._dense(hidden, f"{prefix}output.dense"), f"{prefix}output.LayerNorm"
            )
        return states

    def _attention(self, states: np.ndarray, prefix: str) -> np.ndarray:
        batch, length, size = states.shape
        heads = self._configuration["num_attention_heads"]

        def parted(name: str) -> np.ndarray:
            projected = self._dense(states, f"{prefix}attention.self.{name}")
            return projected.reshape(batch, length, heads, size // heads).transpose(0, 2, 1, 3)

        products = parted("query") @ parted("key").swapaxes(2, 3) / np.float32(size // heads) ** 0.5
        shares = np.exp(products - products.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        attended: np.ndarray = (shares @ parted("value")).transpose(0, 2, 1, 3).reshape(batch, length, size)
        return attended

    def _dense(self, states: np.ndarray, name: str) -> np.ndarray:
        """One large product: numpy would make a small one for each sequence."""
        rows = states.reshape(-1, states.shape[-1]) @ self._weights[f"{name}.weight"].T
        made: np.ndarray = (rows + self._weights[f"{name}.bias"]).reshape(*states.shape[:-1], -1)
        return made

    def _normalized(self, states: np.ndarray, name: str) -> np.ndarray:
        centred = states - states.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True) + self._configuration["layer_norm_eps"]
        made: np.ndarray = centred / np.sqrt(variance) * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return made


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """Return the float32 tensors of a file: the length of a JSON header, the header, and the bytes it points into."""
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    body = memoryview(content)[8 + size :]
    tensors = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] == "F32":
            begin, end = about["data_offsets"]
            tensors[name] = np.frombuffer(body[begin:end], np.float32).reshape(about["shape"])
    return tensors
