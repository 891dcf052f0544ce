"""ONNX: one file for ONNX Runtime and many others. Needs ``tlzoo[onnx]``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from pydantic import Field

from tlzoo.export.calibration import single_samples
from tlzoo.export.contract import Arrays, Exporter, Runtime
from tlzoo.export.conversion import converted, quiet_conversion
from tlzoo.export.numeric_network import numeric_network

if TYPE_CHECKING:
    import keras

    from tlzoo.export.contract import ServingModel

__all__ = ["Onnx"]

_FILE = "model.onnx"
_FLOAT = "float.onnx"


@final
class Onnx(Exporter):
    """ONNX, ``model.onnx``: prepared samples in batches of any size.

    ``int8`` computes in 8 bits, with weights scaled by channel and ranges calibrated on training samples.
    """

    name: ClassVar[str] = "onnx"
    precisions: ClassVar[tuple[str, ...]] = ("float32", "int8")
    packages: ClassVar[tuple[str, ...]] = ("tf2onnx", "onnx", "onnxruntime")
    runtime_packages: ClassVar[tuple[str, ...]] = ("onnxruntime",)
    install: ClassVar[str] = "pip install 'tlzoo[onnx]'"
    opset: int = Field(default=18, ge=13, le=18, description="version of the operator set")
    calibration: int = Field(default=128, ge=1, le=2000, description="training samples that calibrate int8")

    def export(self, model: ServingModel, samples: Arrays, folder: Path) -> Path:
        """Convert the network with Keras's exporter, and quantize it with ONNX Runtime."""
        path = folder / _FILE
        network = numeric_network(model)
        with converted(self.format, path) as temporary, quiet_conversion():
            _add_operations()
            _call_once(network, samples)  # Keras's exporter needs a network that was called
            written = temporary if self.precision == "float32" else temporary.with_name(_FLOAT)
            network.export(str(written), format="onnx", verbose=False, opset_version=self.opset)
            if self.precision == "int8":
                _quantize(written, temporary, samples, self.calibration)
        return path

    def open(self, path: Path, threads: int) -> Runtime:
        """Open the file with ONNX Runtime on the CPU."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

        def predict(inputs: Arrays) -> np.ndarray:
            return np.asarray(session.run(None, dict(inputs))[0], np.float32)

        return predict

    def facts(self) -> Mapping[str, str | int]:
        """Return the operator set."""
        return {"opset": self.opset}

    def usage(self, file: str) -> str:
        """Return lines of Python."""
        return f"""\
import onnxruntime  # pip install onnxruntime

session = onnxruntime.InferenceSession({file!r})
(predictions,) = session.run(None, dict(inputs))"""


@cache
def _add_operations() -> None:
    """Let tf2onnx convert ``Erfc``, which the exact GELU of transformers needs: it is one minus ``Erf``."""
    from tf2onnx import utils
    from tf2onnx.handler import tf_op

    @tf_op("Erfc")
    class Erfc:
        """Conversion of one node."""

        @classmethod
        def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
            """Use an operation of operator set 9."""
            dtype = graph.get_dtype(node.output[0])
            one = graph.make_const(utils.make_name("one"), np.ones((), utils.map_onnx_to_numpy_type(dtype)))
            erf = graph.make_node("Erf", node.input, dtypes=[dtype])
            shape = graph.get_shape(node.output[0])
            graph.remove_node(node.name)
            graph.make_node("Sub", [one.output[0], erf.output[0]], outputs=node.output, shapes=[shape], dtypes=[dtype])


def _call_once(network: keras.Model, samples: Arrays) -> None:
    first = {name: values[:1] for name, values in samples.items()}
    network(first if len(first) > 1 else next(iter(first.values())))


def _quantize(source: Path, target: Path, samples: Arrays, count: int) -> None:
    """Write a quantized copy: convolutions and products in 8 bits, everything else in float32."""
    from onnxruntime.quantization import CalibrationDataReader, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """Samples one by one."""

        def __init__(self) -> None:
            self._samples = single_samples(samples, count)

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(self._samples, None)

    ready = source.with_name("ready.onnx")
    quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
    options: dict[str, Any] = {"per_channel": True, "op_types_to_quantize": ["Conv", "MatMul", "Gemm", "Gather"]}
    quantize_static(str(ready), str(target), Reader(), **options)
