"""OpenVINO: the fastest engine on the measured CPUs. Needs the extra ``tlzoo[fast]``."""

from __future__ import annotations

import importlib
import importlib.util
import os
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np

from tlzoo.training.frozen.engines.agreement import Tolerance
from tlzoo.training.frozen.engines.contract import EngineUnfitError
from tlzoo.training.frozen.engines.tensorflow import frozen_function
from tlzoo.training.frozen.engines.weight_copies import copies_fit, weight_bytes

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.training.frozen.engines.contract import Run

__all__ = ["OpenVinoEngine", "streams"]

_MOST_STREAMS = 4
"""Largest number of parallel batches: each holds its activations, and more gain little."""


@final
@dataclass(frozen=True, slots=True)
class OpenVinoEngine:
    """Compiles TensorFlow's frozen graph for the CPU.

    ``precision`` is explicit: by default, OpenVINO uses bf16 on CPUs that support it, and features lose digits.
    """

    precision: Literal["f32", "bf16"] = "f32"

    @property
    def name(self) -> str:
        """``openvino``, or ``openvino-bf16``."""
        return "openvino" if self.precision == "f32" else "openvino-bf16"

    @property
    def tolerance(self) -> Tolerance:
        """Tolerance: in fp32 for every value; in bf16, with 8 bits of mantissa, for the root mean square."""
        return Tolerance(1e-2, 1e-3) if self.precision == "f32" else Tolerance(float("inf"), 0.25)

    @staticmethod
    def installed() -> bool:
        """Return whether ``openvino`` is installed, without importing it."""
        return importlib.util.find_spec("openvino") is not None

    def compile(self, below: keras.Model, signature: tf.TensorSpec) -> Run:
        """Return ``below`` compiled for inference; a tokenizer in it is left to TensorFlow."""
        if not self.installed():
            raise EngineUnfitError(f"the engine {self.name} is not installed", "pip install 'tlzoo[fast]'")
        if not copies_fit(self.name, weight_bytes(below)):
            raise EngineUnfitError(f"the copies of the weights for {self.name} do not fit the memory limit")
        ready, numeric = _tokenizer_apart(below, signature)
        try:
            return _compiled(ready, numeric, self.precision)
        except Exception as error:
            reason = str(error).strip().splitlines()[-1:] or [type(error).__name__]
            raise EngineUnfitError(f"the engine {self.name} does not support this model ({reason[0]})") from error


@final
@dataclass(frozen=True, slots=True)
class _Streams:
    """Several batches at once, each on threads of its own.

    Two threads on one batch wait for each other after every operation, and reading the next images on a core
    delays both. ``tests/benchmarks/frozen_epochs.py`` measures the cost of reading during the forward pass.
    """

    ready: Run | None
    requests: Sequence[Any]
    inputs: Sequence[Any]
    ports: Sequence[Any]
    dtypes: Sequence[Any]

    def __call__(self, batch: np.ndarray) -> list[np.ndarray]:
        (outputs,) = self.over([batch])
        return outputs

    def over(self, batches: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
        idle = deque(self.requests)
        under_way: deque[tuple[Any, Any]] = deque()  # requests with their inputs, which they do not copy
        try:
            for batch in batches:
                if not idle:
                    request, _ = under_way.popleft()
                    yield self._outputs(request)
                    idle.append(request)
                tensors = [batch] if self.ready is None else self.ready(batch)
                request = idle.popleft()
                request.start_async(dict(zip(self.inputs, tensors, strict=True)), share_inputs=True)
                under_way.append((request, tensors))
            while under_way:
                yield self._outputs(under_way.popleft()[0])
        finally:
            for request, _ in under_way:
                request.wait()

    def _outputs(self, request: Any) -> list[np.ndarray]:
        request.wait()
        return [
            np.array(request.get_tensor(port).data, dtype) for port, dtype in zip(self.ports, self.dtypes, strict=True)
        ]


def _tokenizer_apart(below: keras.Model, signature: tf.TensorSpec) -> tuple[Run | None, keras.Model]:
    """Return the part from strings to numbers (None without strings) and the rest of the model."""
    import keras

    from tlzoo.training.frozen.engines.tensorflow import TensorFlowEngine

    if signature.dtype != "string":
        return None, below
    nodes = [node for level in below._nodes_by_depth.values() for node in level]
    (first,) = [node for node in nodes if any(each is below.inputs[0] for each in node.input_tensors)]
    numbers = list(first.output_tensors)
    ready = TensorFlowEngine().compile(keras.Model(below.inputs, numbers), signature)
    return ready, keras.Model(numbers, below.outputs)


def _compiled(ready: Run | None, model: keras.Model, precision: str) -> Run:
    import tensorflow as tf

    openvino = importlib.import_module("openvino")
    signatures = [tf.TensorSpec((None, *each.shape[1:]), each.dtype) for each in model.inputs]
    function = frozen_function(model, signatures)
    if function.captured_inputs:
        from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

        function = convert_variables_to_constants_v2(function)
    compiled = _read(openvino, function, precision)
    return _Streams(
        ready=ready,
        requests=[compiled.create_infer_request() for _ in range(streams())],
        inputs=[compiled.input(tensor.name) for tensor in function.inputs],
        ports=[compiled.output(tensor.name) for tensor in function.outputs],
        dtypes=[tensor.dtype.as_numpy_dtype for tensor in function.outputs],
    )


def _read(openvino: Any, function: Any, precision: str) -> Any:
    """Pass the graph as a file that OpenVINO reads, without other converters or telemetry."""
    core = openvino.Core()
    with tempfile.TemporaryDirectory(prefix="tlzoo-") as folder:
        path = Path(folder) / "frozen.pb"
        path.write_bytes(function.graph.as_graph_def().SerializeToString())
        return core.compile_model(core.read_model(path), "CPU", _settings(precision))


def _settings(precision: str) -> dict[str, Any]:
    """All cores that this process may use; pinned threads wait for other processes on their core."""
    return {
        "INFERENCE_PRECISION_HINT": precision,
        "NUM_STREAMS": streams(),
        "INFERENCE_NUM_THREADS": _threads(),
        "ENABLE_CPU_PINNING": False,
    }


def streams() -> int:
    """Return the number of parallel batches."""
    return min(_MOST_STREAMS, _threads())


def _threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
