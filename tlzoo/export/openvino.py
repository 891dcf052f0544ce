"""OpenVINO: two files for fast inference on Intel and ARM processors. Needs ``tlzoo[openvino]``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np
from pydantic import Field

from tlzoo.export.calibration import single_samples
from tlzoo.export.contract import Arrays, Exporter, Runtime
from tlzoo.export.conversion import converted, quiet_conversion
from tlzoo.export.numeric_network import numeric_network

if TYPE_CHECKING:
    from tlzoo.export.contract import ServingModel

__all__ = ["OpenVINO"]


@final
class OpenVINO(Exporter):
    """OpenVINO, ``model.xml`` with its weights in ``model.bin``: prepared samples in batches of any size.

    ``int8`` is quantized by NNCF, with ranges calibrated on training samples.
    """

    name: ClassVar[str] = "openvino"
    precisions: ClassVar[tuple[str, ...]] = ("float32", "int8")
    packages: ClassVar[tuple[str, ...]] = ("openvino",)
    runtime_packages: ClassVar[tuple[str, ...]] = ("openvino",)
    install: ClassVar[str] = "pip install 'tlzoo[openvino]'"
    calibration: int = Field(default=300, ge=1, le=2000, description="training samples that calibrate int8")

    def missing(self) -> tuple[str, ...]:
        """Return the modules that are not installed; int8 also needs NNCF."""
        from importlib.util import find_spec

        needed = ("nncf",) if self.precision == "int8" and find_spec("nncf") is None else ()
        return (*super().missing(), *needed)

    def export(self, model: ServingModel, samples: Arrays, folder: Path) -> Path:
        """Convert the network with Keras's exporter, and quantize it with NNCF."""
        path = folder / "model.xml"
        with converted(self.format, path, path.with_suffix(".bin")) as temporary, quiet_conversion():
            written = temporary if self.precision == "float32" else temporary.with_name("float.xml")
            numeric_network(model).export(str(written), format="openvino", verbose=False)
            if self.precision == "int8":
                _quantize(written, temporary, samples, self.calibration)
        return path

    def open(self, path: Path, threads: int) -> Runtime:
        """Open the file with OpenVINO on the CPU, in float32 where it is not quantized."""
        import openvino

        core = openvino.Core()
        options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
        compiled = core.compile_model(core.read_model(path), "CPU", options)

        def predict(inputs: Arrays) -> np.ndarray:
            return np.array(compiled(dict(inputs))[0], np.float32)

        return predict

    def usage(self, file: str) -> str:
        """Return lines of Python."""
        return f"""\
import openvino  # pip install openvino

model = openvino.compile_model({file!r}, "CPU", {{"INFERENCE_PRECISION_HINT": "f32"}})
predictions = model(dict(inputs))[0]"""


def _quantize(source: Path, target: Path, samples: Arrays, count: int) -> None:
    import nncf
    import openvino

    single = list(single_samples(samples, count))
    quantized = nncf.quantize(openvino.Core().read_model(source), nncf.Dataset(single), subset_size=len(single))
    openvino.save_model(quantized, target, compress_to_fp16=False)
