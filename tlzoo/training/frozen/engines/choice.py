"""Choice of the frozen engine: by the amount of computation, and only if it agrees with TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.training.costs.activations import activation_bytes
from tlzoo.training.frozen.engines.agreement import disagreement
from tlzoo.training.frozen.engines.contract import Engine, EngineUnfitError, Run
from tlzoo.training.frozen.engines.openvino import OpenVinoEngine
from tlzoo.training.frozen.engines.tensorflow import TensorFlowEngine

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

__all__ = ["ENGINES", "compiled", "compiled_or_tensorflow", "engine_for", "probed", "requested_engine"]

ENGINES: dict[str, Engine] = {
    engine.name: engine for engine in (TensorFlowEngine(), OpenVinoEngine("f32"), OpenVinoEngine("bf16"))
}
"""Engines by name; the first is the reference."""

_PROBED = 8
_PROBED_BYTES = 256_000_000
_WORTH_CONVERTING = 250e9
"""Smallest number of multiply-adds for OpenVINO: seven seconds of TensorFlow on two cores, of which it saves three
or four, and conversion takes one to four. It is fixed, because measured times would make runs of one recipe differ."""


def requested_engine() -> str:
    """Return ``TLZOO_ENGINE``: the name of an engine, or ``auto`` if it is not set. Raises UsageError for others."""
    name = os.environ.get("TLZOO_ENGINE") or "auto"
    if name != "auto" and name not in ENGINES:
        raise UsageError(f"TLZOO_ENGINE: unknown engine {name!r}", did_you_mean(name, ["auto", *ENGINES]))
    return name


def engine_for(multiply_adds: float) -> str:
    """Return the name of the engine for a frozen part with this many multiply-adds over all samples."""
    name = requested_engine()
    if name != "auto":
        return name
    worth = multiply_adds >= _WORTH_CONVERTING and OpenVinoEngine.installed()
    return "openvino" if worth else "tensorflow"


def compiled(name: str, below: keras.Model, signature: tf.TensorSpec, probe: np.ndarray) -> Run:
    """Return ``below`` compiled by the named engine, if it agrees with TensorFlow on the first samples of ``probe``.

    Up to eight samples are compared. Raises EngineUnfitError if it is not installed, does not support the model, or
    disagrees.
    """
    engine = ENGINES[name]
    run = engine.compile(below, signature)
    if name != "tensorflow":
        probe = probe[: probed(activation_bytes(below).live)]
        reference = [tensor.numpy() for tensor in _live(below, probe)]
        difference = disagreement(run(probe), reference, engine.tolerance)
        if difference is not None:
            raise EngineUnfitError(f"the engine {name} disagrees with TensorFlow on the first batch: {difference}")
    return run


def probed(live: int) -> int:
    """Return the number of samples to compare: up to 8, fewer if each takes many ``live`` bytes."""
    return min(_PROBED, max(1, _PROBED_BYTES // max(1, live)))


def compiled_or_tensorflow(
    name: str, below: keras.Model, signature: tf.TensorSpec, probe: np.ndarray, note: Callable[[str], None]
) -> Run:
    """Return ``below`` compiled by the named engine, or, with a note, by TensorFlow if the engine is unfit."""
    try:
        return compiled(name, below, signature, probe)
    except EngineUnfitError as error:
        note(f"{error.what}; using TensorFlow")
        return compiled("tensorflow", below, signature, probe)


def _live(below: keras.Model, probe: np.ndarray) -> list[tf.Tensor]:
    """Return the model as a graph: run eagerly, Keras holds every layer's output to the end."""
    import tensorflow as tf

    from tlzoo.training.network import as_list

    found: list[tf.Tensor] = tf.function(lambda samples: as_list(below(samples, training=False)), autograph=False)(
        tf.convert_to_tensor(probe)
    )
    return found
