"""Encoder of observations: the part of the network below everything that trains, computed once per raw input.

Environments repeat themselves: frames of a stack were the latest frame before, and worlds of cells have few states. An
encoder therefore stores its last results by the SHA-256 of the raw input.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tlzoo_rl.networks.frames import prepare_batch
from tlzoo_rl.networks.loading import as_it_is

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.training import Network
    from tlzoo_rl.environments import ControlEnvironment

__all__ = ["Encoder", "planned_mode"]

_MOST_BYTES = 256_000_000
"""Memory limit of stored results."""


class Encoder:
    """Encodes raw observations into rows, which trainers store, and computes the head's outputs from rows.

    ``position`` is that of the highest stage in the encoder; None for the preprocessing of samples alone. Rows are
    (N, …), of a stack of frames (N, frames, …). ``shape`` is that of a row without N, ``dtype`` its dtype.
    """

    def __init__(self, network: Network, environment: ControlEnvironment, position: int | None) -> None:
        import tensorflow as tf

        preprocessing = network.backbone.preprocessing
        self.position = position
        self._preprocessing, self._frames = preprocessing, environment.frames
        self._severed = network.sever(position)
        self._head = network.head
        self._raw = environment.frame_shape
        self._is_identity = position is None and preprocessing.prepare is as_it_is
        if position is not None:
            shape, self.dtype = self._severed.shapes[0], self._severed.dtypes[0]
        elif self._is_identity:
            shape, self.dtype = self._raw, environment.dtype
        else:
            shape, self.dtype = preprocessing.shape, preprocessing.dtype
        self.shape = (environment.frames, *shape) if environment.frames > 1 else shape
        self._stored: OrderedDict[bytes, np.ndarray] = OrderedDict()
        self._bytes = 0
        raw = tf.TensorSpec((None, *self._raw), environment.dtype)
        self._encode = tf.function(self._below, input_signature=[raw], autograph=False)
        row = tf.TensorSpec((None, *self.shape), self.dtype)
        self._answer = tf.function(self.outputs, input_signature=[row], autograph=False)

    @property
    def layers(self) -> list[Any]:
        """The models above the encoder, from rows to the head's outputs."""
        return [each for each in (self._severed.above, self._head) if each is not None]

    def outputs(self, rows: tf.Tensor, layers: list[Any] | None = None) -> tf.Tensor:
        """Return the head's outputs (N, …) for rows; traceable. ``layers`` replace those of the network."""
        *above, head = layers or self.layers
        return head(self._features(rows, above), training=False)

    def features(self, rows: tf.Tensor) -> tf.Tensor:
        """Return the inputs of the head (N, size) for rows; those of a stack are concatenated. Traceable."""
        return self._features(rows, self.layers[:-1])

    def compute(self, observations: np.ndarray) -> np.ndarray:
        """Return rows for observations (N, …), without stored results."""
        if self._is_identity:
            return observations
        return np.asarray(self._encode(observations.reshape(-1, *self._raw))).reshape(-1, *self.shape)

    def rows(self, observations: np.ndarray) -> np.ndarray:
        """Return rows for observations (N, …); each distinct raw input is computed once."""
        if self._is_identity:
            return observations
        raw = observations.reshape(-1, *self._raw)
        keys = [_digest(each) for each in raw]
        new = {key: place for place, key in enumerate(keys) if key not in self._stored}
        found = {key: self._stored[key] for key in keys if key in self._stored}
        if new:
            found |= zip(new, np.asarray(self._encode(raw[list(new.values())])), strict=True)
        for key in dict.fromkeys(keys):
            self._store(key, found[key])
        stored = [found[key] for key in keys]
        rows = np.array(stored, object) if self.dtype == "string" and not self.shape else np.stack(stored)
        return rows.reshape(-1, *self.shape)

    def answer(self, rows: np.ndarray) -> np.ndarray:
        """Return the head's outputs (N, …) for rows."""
        return np.asarray(self._answer(rows))

    def forget(self) -> None:
        """Remove stored results: after a change of weights, and where a resumed run begins."""
        self._stored.clear()
        self._bytes = 0

    def _below(self, raw: tf.Tensor) -> tf.Tensor:
        samples = prepare_batch(self._preprocessing, raw)
        return samples if self.position is None else _only(self._severed.below(samples, training=False))

    def _features(self, rows: tf.Tensor, above: list[Any]) -> tf.Tensor:
        import tensorflow as tf

        frames = self._frames > 1
        inputs = tf.reshape(rows, (-1, *self.shape[1:])) if frames else rows
        tensors = self._severed.below(inputs, training=False) if self.position is None else inputs
        features = above[0](tensors, training=False) if above else _only(tensors)
        return tf.reshape(features, (-1, self._frames * features.shape[-1])) if frames else features

    def _store(self, key: bytes, row: np.ndarray) -> None:
        if key not in self._stored:
            self._bytes += row.nbytes if isinstance(row, np.ndarray) else len(row)
        self._stored[key] = row
        self._stored.move_to_end(key)
        while self._bytes > _MOST_BYTES and len(self._stored) > 1:
            _, oldest = self._stored.popitem(last=False)
            self._bytes -= oldest.nbytes if isinstance(oldest, np.ndarray) else len(oldest)


def planned_mode(position: int | None, stages: int) -> tuple[Literal["cached features", "cached prefix", "live"], str]:
    """Return the mode of a phase and its reason, for its plan. ``position`` is that of its encoder."""
    if position is None:
        return "live", "observations come from an environment"
    if position == stages - 1:
        return "cached features", "features are computed once per observation"
    return "cached prefix", "frozen stages are computed once per observation"


def _only(tensors: Any) -> Any:
    return tensors[0] if isinstance(tensors, list | tuple) else tensors


def _digest(raw: Any) -> bytes:
    return hashlib.sha256(raw.encode() if isinstance(raw, str) else np.ascontiguousarray(raw).data).digest()
