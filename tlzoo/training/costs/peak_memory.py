"""Expected peak memory of frozen passes and training steps, and the batch sizes that fit the limit.

Peaks are sums of sizes known in advance: the process itself, weights with their copies, and activations by
their shapes (see ``activations``). The factors were measured with ``tests/benchmarks/memory.py``, which prints estimate
and measurement side by side. GPU memory is not planned: with a GPU, nothing is refused or reduced.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import TrainingError
from tlzoo.process.memory import VARIABLE, format_bytes, memory_limit, share
from tlzoo.training.costs.activations import activation_bytes, head_bytes
from tlzoo.training.costs.multiply_adds import stage_multiply_adds
from tlzoo.training.frozen.engines.choice import probed
from tlzoo.training.frozen.engines.openvino import streams
from tlzoo.training.frozen.engines.weight_copies import COPIES, copies_fit
from tlzoo.training.solving.eligibility import feature_bytes

if TYPE_CHECKING:
    import keras

    from tlzoo.backbones import Backbone
    from tlzoo.strategies import Phase
    from tlzoo.training.contract import Plan, Setup
    from tlzoo.training.network import Network

__all__ = [
    "INFERENCE",
    "TRAINING",
    "MemoryLimitError",
    "forward_batch",
    "gradient_batch",
    "inference_batch",
    "inference_bytes",
    "on_gpu",
    "refuse_beyond_limit",
    "sample_bytes",
    "samples_in_memory",
    "statistics_batch",
    "with_expected_peak",
]

_PROCESS = 750_000_000
"""Bytes of Python, TensorFlow, the plugins, and the graphs of a small network."""

INFERENCE = {"tensorflow": 1.6, "openvino": 0.9, "graph": 1.6}
"""Activations in an engine, as a multiple of the live ones. ``graph`` is a graph with
variables, as in validation."""

TRAINING = 1.15
"""Activations in a training step, as a multiple of those kept for gradients; the gradient of
the largest tensor is added."""

_BATCHES_READ = 5
"""Batches of samples in memory: two prefetched, one in assembly, and one in use with its copy for TensorFlow."""

_SLOTS = {"sgd": 1, "lion": 1, "rmsprop": 1}
_MOST_SLOTS = 2
_USUAL, _LOOKED_UP, _STATISTICS = 32, 1024, 128
_MOST_SAMPLES = 1_000_000_000
_FEATURE_COPIES = 4
"""Copies of features: raw, scaled, as a tensor, and in the folds that choose a penalty."""


class MemoryLimitError(TrainingError):
    """A batch does not fit the memory limit."""


def forward_batch(setup: Setup, engine: str, most: int | None = None) -> int:
    """Return the batch size of a frozen pass: 32, or 1,024 texts with look-ups only.

    ``most`` is another initial size. The size is halved until the expected peak fits the memory limit, down to 1.
    ``engine`` is an engine's name, or ``graph`` for a graph with variables.
    """
    return inference_batch(setup.backbone, engine, most, setup.memory - _samples(setup))


def inference_batch(backbone: Backbone, engine: str, most: int | None = None, memory: int | None = None) -> int:
    """Return the result of ``forward_batch`` for a backbone within a number of bytes, by default the memory limit."""
    size = most or (_LOOKED_UP if _is_looked_up(backbone) else _USUAL)
    if on_gpu():
        return size
    memory = memory_limit().bytes if memory is None else memory
    fixed, each = inference_bytes(backbone, engine, memory)
    while size > 1 and fixed + size * each > memory:
        size //= 2
    return size


def statistics_batch(backbone: Backbone, count: int) -> int:
    """Return the batch size for pooled statistics of ``count`` samples.

    Batches are large, because each is normalized by its own statistics, and the same on every machine.
    """
    size = _LOOKED_UP if _is_looked_up(backbone) else _STATISTICS
    return math.ceil(count / math.ceil(count / size))


def gradient_batch(network: Network, setup: Setup) -> int:
    """Return the batch size for sums of gradients of all variables.

    That is the run's batch size, or the largest that fits the memory limit.
    """
    if on_gpu():
        return setup.batch_size
    fixed, each = _gradients(network, None, setup, _bytes_of(network.variables.values()))
    return max(1, min(setup.batch_size, int((setup.memory - fixed) // each)))


def with_expected_peak(plan: Plan, network: Network, setup: Setup, phase: Phase) -> Plan:
    """Return the plan with its expected peak in bytes and the largest training batch that fits the limit."""
    if on_gpu():
        return plan
    frozen = 0.0
    if plan.cut is not None:
        fixed, each = inference_bytes(setup.backbone, plan.engine, setup.memory)
        frozen = _samples(setup) + fixed + forward_batch(setup, plan.engine) * each
    if plan.solver == "lbfgs":
        return replace(plan, peak_bytes=int(max(frozen, _held(setup) + _FEATURE_COPIES * feature_bytes(setup))))
    if plan.trained:
        fixed, each = _training(plan, network, setup, phase)
    else:
        fixed, each = inference_bytes(setup.backbone, "graph", setup.memory)
        fixed += _samples(setup)
    largest = max(0, int((setup.memory - fixed) // each)) if each else plan.batch_size
    peak = max(frozen, fixed + plan.batch_size * each)
    return replace(plan, peak_bytes=int(peak), largest_batch=largest)


def refuse_beyond_limit(plan: Plan, name: str, limit: str) -> None:
    """Raise MemoryLimitError if the batch of the named phase does not fit the limit, given as text."""
    if plan.peak_bytes is None or plan.largest_batch is None or plan.largest_batch >= plan.batch_size:
        return
    needs = f"phase {name!r} needs about {format_bytes(plan.peak_bytes)} of memory with batches of {plan.batch_size}"
    fixes = ["smaller images", f"a higher {VARIABLE}"]
    if plan.largest_batch and plan.trained:
        fixes.insert(0, f"--batch-size {plan.largest_batch} (the largest that fits)")
    elif plan.trained:
        needs += ", and even 1 sample does not fit"
    raise MemoryLimitError(f"{needs}; the limit is {limit}", f"use {', or '.join(fixes)}")


@cache
def on_gpu() -> bool:
    """Return whether TensorFlow computes on a GPU; its memory is not planned."""
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def sample_bytes(backbone: Backbone) -> int:
    """Return the bytes of one prepared sample, 0 for a text."""
    preprocessing = backbone.preprocessing
    if preprocessing.dtype == "string":
        return 0
    return math.prod(preprocessing.shape) * np.dtype(preprocessing.dtype).itemsize


def samples_in_memory(setup: Setup, count: int) -> int:
    """Return the bytes of ``count`` prepared samples in memory; 0 for texts, or if they exceed their share."""
    size = sample_bytes(setup.backbone) * count
    return size if size <= min(_MOST_SAMPLES, share("samples", setup.memory)) else 0


def inference_bytes(backbone: Backbone, engine: str, memory: int) -> tuple[float, float]:
    """Return the fixed bytes of inference, and the bytes per sample of a batch.

    ``memory`` is the limit in bytes; engines decide by it whether to copy the weights.
    """
    kind = engine.partition("-")[0]
    weights = _bytes_of(backbone.model.weights)
    folded = kind in COPIES and copies_fit(kind, weights, memory)
    if kind == "openvino" and not folded:
        return inference_bytes(backbone, "tensorflow", memory)
    at_once = streams() if kind == "openvino" else 1
    alive = activation_bytes(backbone.model).live
    live = INFERENCE[kind if folded else "graph"] * alive
    fixed = float(_network(backbone) + weights * (COPIES[kind] if folded else 1))
    if kind == "openvino":  # TensorFlow keeps the memory of the samples that compare engines
        fixed += INFERENCE["graph"] * alive * probed(alive)
    return fixed, at_once * live + (_BATCHES_READ + at_once - 1) * sample_bytes(backbone)


def _training(plan: Plan, network: Network, setup: Setup, phase: Phase) -> tuple[float, float]:
    """Return the fixed bytes of training, and the bytes per sample of a batch."""
    trained = _bytes_of(network.variables[path] for path in phase.train.paths(network.parts))
    slots = _SLOTS.get(str(setup.optimizer).lower(), _MOST_SLOTS) + (phase.ema is not None) + (phase.accumulate > 1)
    stages = [stage.name for stage in setup.backbone.stages]
    cut = None if plan.cut is None else stages.index(plan.cut)
    fixed, each = _gradients(network, cut, setup, trained, plan.observed)
    if plan.inputs:  # the part below the cut in the same graph, and another pass through the network
        each = 2 * each + INFERENCE["graph"] * activation_bytes(setup.backbone.model).live
    if plan.teacher:
        above = network.sever(cut, plan.observed).above
        fixed += _bytes_of(network.variables.values()) if plan.inputs else trained
        each += INFERENCE["graph"] * (0 if above is None else activation_bytes(above).live)
    if plan.mode == "live" and plan.cut is not None:
        each += _BATCHES_READ * sample_bytes(setup.backbone)
    # The optimizer's slots and their initial values, and the snapshot to restore after a bad epoch.
    return fixed + trained * (1 + 2 * slots), each * (2 if plan.beside else 1)


def _gradients(
    network: Network, cut: int | None, setup: Setup, trained: int, observed: Sequence[str] = ()
) -> tuple[float, float]:
    """Return the fixed bytes of gradients of ``trained`` bytes, and the bytes per sample of a batch.

    They pass the part of the backbone above ``cut``, and the head.
    """
    severed, (kept, most) = network.sever(cut, observed), head_bytes(network)
    entering = sum(4 * math.prod(length or 1 for length in shape) for shape in severed.shapes)
    each = float(_BATCHES_READ * entering)
    if severed.above is not None:
        above = activation_bytes(severed.above)
        kept, most = kept + above.kept, max(most, above.most)
    each += TRAINING * kept + most
    return float(_held(setup) + trained), each


def _held(setup: Setup) -> int:
    """Return the bytes of the process, of the network with its initial weights, and of samples that stay in memory."""
    return _network(setup.backbone) + _samples(setup)


def _network(backbone: Backbone) -> int:
    return _PROCESS + 2 * _bytes_of(backbone.model.weights)


def _samples(setup: Setup) -> int:
    data = setup.data
    return samples_in_memory(setup, len(data.train) + len(data.validation) + len(data.test))


def _is_looked_up(backbone: Backbone) -> bool:
    return backbone.preprocessing.dtype == "string" and not any(stage_multiply_adds(backbone))


def _bytes_of(variables: Iterable[keras.Variable]) -> int:
    return sum(
        math.prod(each.shape) * (2 if "float16" in each.dtype else np.dtype(each.dtype).itemsize) for each in variables
    )
