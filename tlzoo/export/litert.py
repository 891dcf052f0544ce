"""LiteRT (formerly TensorFlow Lite): one file for phones, small boards and servers. Needs ``tlzoo[litert]``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
from pydantic import Field

from tlzoo.export.calibration import single_samples
from tlzoo.export.contract import Arrays, Exporter, Runtime
from tlzoo.export.conversion import converted, quiet_conversion, quiet_descriptor
from tlzoo.export.numeric_network import numeric_network

if TYPE_CHECKING:
    from tlzoo.export.contract import ServingModel

__all__ = ["LiteRT"]

_FILE = "model.tflite"


@final
class LiteRT(Exporter):
    """LiteRT, ``model.tflite``: prepared samples in batches of any size.

    ``dynamic`` stores weights in 8 bits and computes activations in float32; ``int8`` also computes in 8 bits, with
    ranges calibrated on training samples; ``float16`` stores weights in 16 bits.
    """

    name: ClassVar[str] = "litert"
    precisions: ClassVar[tuple[str, ...]] = ("float32", "float16", "dynamic", "int8")
    packages: ClassVar[tuple[str, ...]] = ("ai_edge_litert",)
    runtime_packages: ClassVar[tuple[str, ...]] = ("ai_edge_litert",)
    install: ClassVar[str] = "pip install 'tlzoo[litert]'"
    calibration: int = Field(default=128, ge=1, le=2000, description="training samples that calibrate int8")

    def export(self, model: ServingModel, samples: Arrays, folder: Path) -> Path:
        """Convert the network with Keras's exporter; only operations of LiteRT itself are used."""
        import tensorflow as tf

        path = folder / _FILE
        options: dict[str, Any] = {"target_spec": {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}}
        if self.precision != "float32":
            options["optimizations"] = [tf.lite.Optimize.DEFAULT]
        if self.precision == "float16":
            options["target_spec"]["supported_types"] = [tf.float16]
        if self.precision == "int8":
            options["representative_dataset"] = lambda: single_samples(samples, self.calibration)
        with converted(self.format, path) as temporary, quiet_conversion():
            numeric_network(model).export(temporary, format="litert", verbose=False, **options)
        return path

    def open(self, path: Path, threads: int) -> Runtime:
        """Open the file with ai-edge-litert; without XNNPACK if that cannot open it, or cannot run it in batches.

        The first is so for MobileNetV2 in int8 with random weights, the second for BERT in int8.
        """
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        def runner(*, xnnpack: bool) -> Any:
            operations = OpResolverType.AUTO if xnnpack else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
            with quiet_descriptor(2):  # it writes which delegate it uses
                interpreter = Interpreter(
                    model_path=str(path), num_threads=threads, experimental_op_resolver_type=operations
                )
                interpreter.allocate_tensors()
            return interpreter.get_signature_runner()

        try:
            run = runner(xnnpack=True)
        except RuntimeError:
            run = runner(xnnpack=False)

        def predict(inputs: Arrays) -> np.ndarray:
            nonlocal run
            try:
                answered = run(**inputs)
            except RuntimeError:
                run = runner(xnnpack=False)
                answered = run(**inputs)
            return np.array(next(iter(answered.values())), np.float32)

        return predict

    def usage(self, file: str) -> str:
        """Return lines of Python."""
        return f"""\
from ai_edge_litert.interpreter import Interpreter  # pip install ai-edge-litert

predict = Interpreter(model_path={file!r}).get_signature_runner()
(predictions,) = predict(**inputs).values()"""
