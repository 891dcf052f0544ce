"""all-MiniLM-L6-v2 as an OpenVINO network: mean of the last hidden states of a text.

Source: Wang et al. 2020, arXiv 2002.10957; BERT's layers as in Devlin et al. 2019, arXiv 1810.04805.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from openvino import opset13 as ops

__all__ = ["MiniLM", "read_safetensors"]

_BATCH = 64
_LONGEST = 64
_EPSILON = 1e-12
_MASKED = 1e4
"""Subtracted from the attention logits of padding."""


class MiniLM:
    """The network of a folder in Hugging Face's layout: ``config.json`` and ``model.safetensors``.

    Args:
        folder: Contains the two files.
        precision: ``f32``, or ``bf16``, which takes half the time on processors with AVX512-BF16 or AMX. Other
            processors compute in float32.
    """

    def __init__(self, folder: Path, precision: str = "f32") -> None:
        configuration = json.loads((folder / "config.json").read_text("utf-8"))
        weights = read_safetensors(folder / "model.safetensors")
        self.size = int(configuration["hidden_size"])
        self.token_vectors = weights["embeddings.word_embeddings.weight"]
        options = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": 1}
        self._network = openvino.Core().compile_model(_network(weights, configuration), "CPU", options)

    def __call__(self, texts: Sequence[Sequence[int]]) -> np.ndarray:
        """Return the mean of the last hidden states, float32 (texts, size).

        Args:
            texts: Token ids of each text, with ``[CLS]`` and ``[SEP]``. They are truncated to 64 tokens.
        """
        request = self._network.create_infer_request()
        lengths = np.array([min(len(text), _LONGEST) for text in texts])
        order = np.argsort(lengths, kind="stable")
        means = np.zeros((len(texts), self.size), np.float32)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            ids = np.zeros((len(batch), lengths[batch].max()), np.int32)
            for row, position in zip(ids, batch, strict=True):
                row[: lengths[position]] = texts[position][:_LONGEST]
            mask = (np.arange(ids.shape[1]) < lengths[batch, np.newaxis]).astype(np.float32)
            means[batch] = request.infer({0: ids, 1: mask})[0]
            print(f"\r{start + len(batch):,} of {len(order):,} texts", end="", file=sys.stderr)
        print(file=sys.stderr)
        return means


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """Return the float32 tensors of a safetensors file: a header length, a JSON header, and the tensors' bytes."""
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


def _network(weights: dict[str, np.ndarray], configuration: dict[str, Any]) -> openvino.Model:
    """Return the network: ids int32 and mask float32, both (batch, length), to means float32 (batch, size)."""
    heads, size = configuration["num_attention_heads"], configuration["hidden_size"]
    ids = ops.parameter([-1, -1], np.int32, name="ids")
    mask = ops.parameter([-1, -1], np.float32, name="mask")

    def indices(*values: int) -> openvino.Node:
        return ops.constant(np.array(values, np.int64))

    def number(values: Any) -> openvino.Node:
        return ops.constant(np.ascontiguousarray(values, dtype=np.float32))

    def dense(states: openvino.Node, name: str) -> openvino.Node:
        product = ops.matmul(states, number(weights[f"{name}.weight"]), False, True)
        return ops.add(product, number(weights[f"{name}.bias"]))

    def normalized(states: openvino.Node, name: str) -> openvino.Node:
        centred = ops.mvn(states, indices(-1), True, _EPSILON, "inside_sqrt")
        scaled = ops.multiply(centred, number(weights[f"{name}.weight"]))
        return ops.add(scaled, number(weights[f"{name}.bias"]))

    def split_heads(states: openvino.Node) -> openvino.Node:
        return ops.transpose(ops.reshape(states, indices(0, 0, heads, size // heads), True), indices(0, 2, 1, 3))

    def attention(states: openvino.Node, name: str) -> openvino.Node:
        query, key, value = (split_heads(dense(states, f"{name}.{part}")) for part in ("query", "key", "value"))
        logits = ops.multiply(ops.matmul(query, key, False, True), number((size // heads) ** -0.5))
        attended = ops.matmul(ops.softmax(ops.add(logits, padding), -1), value, False, False)
        return ops.reshape(ops.transpose(attended, indices(0, 2, 1, 3)), indices(0, 0, size), True)

    real = ops.unsqueeze(ops.unsqueeze(mask, indices(1)), indices(1))
    padding = ops.multiply(ops.subtract(real, number(1)), number(_MASKED))
    length = ops.unsqueeze(ops.gather(ops.shape_of(ids), ops.constant(1), ops.constant(0)), indices(0))
    states = ops.gather(number(weights["embeddings.word_embeddings.weight"]), ids, indices(0))
    positions = number(weights["embeddings.position_embeddings.weight"])
    states = ops.add(states, ops.slice(positions, indices(0), length, indices(1), indices(0)))
    states = ops.add(states, number(weights["embeddings.token_type_embeddings.weight"][0]))
    states = normalized(states, "embeddings.LayerNorm")
    for layer in range(configuration["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        attended = dense(attention(states, f"{name}.attention.self"), f"{name}.attention.output.dense")
        states = normalized(ops.add(states, attended), f"{name}.attention.output.LayerNorm")
        hidden = ops.gelu(dense(states, f"{name}.intermediate.dense"), "erf")
        states = normalized(ops.add(states, dense(hidden, f"{name}.output.dense")), f"{name}.output.LayerNorm")
    weighted = ops.reduce_sum(ops.multiply(states, ops.unsqueeze(mask, indices(2))), indices(1))
    return openvino.Model([ops.divide(weighted, ops.reduce_sum(mask, indices(1), True))], [ids, mask])
