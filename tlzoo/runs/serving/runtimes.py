"""Runtimes that compute the network of a served run: TensorFlow, or that of an exported file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tlzoo.artifacts.formats.documents import read_json
from tlzoo.errors import BytesRefusedError, ExportError, UsageError, did_you_mean
from tlzoo.runs.exporting.measuring import threads
from tlzoo.runs.exporting.write_format import format_folder
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.opening.exporters import find_exporters

if TYPE_CHECKING:
    from tlzoo.export import Exporter, Runtime
    from tlzoo.progress import Progress
    from tlzoo.runs.run import Run
    from tlzoo.tasks import Task

__all__ = ["TENSORFLOW", "Compute", "ExportedFile", "exported_compute", "exported_file", "runtime_exporter"]

Compute: TypeAlias = "Callable[[Sequence[Any]], Mapping[str, np.ndarray]]"
"""From read inputs to arrays (N, …) by name."""

TENSORFLOW = "tensorflow"
"""The runtime of ``serving/``."""
_READABLE = "readable"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """An exported file with its format. ``folder`` keeps a file that was exported for this server."""

    path: Path
    exporter: Exporter
    folder: TemporaryDirectory[str] | None = None

    def close(self) -> None:
        """Remove a file that was exported for this server."""
        if self.folder is not None:
            self.folder.cleanup()

    def open(self) -> Runtime:
        """Open the file with its runtime. Raises ExportError if that fails."""
        try:
            runtime = self.exporter.open(self.path, threads())
        except Exception as error:  # of any runtime
            said = " ".join(f"{type(error).__name__}: {error}".split())
            raise ExportError(f"{self.path} cannot be opened: {said}", "export it again") from error
        assert runtime is not None  # see runtime_exporter
        return runtime


def runtime_exporter(name: str) -> Exporter | None:
    """Return the format of a runtime such as ``onnx`` or ``litert:int8``; None for TensorFlow.

    Raises:
        UsageError: If there is no such runtime.
        PluginError: If its packages are not installed.
    """
    if name == TENSORFLOW:
        return None
    from tlzoo.export import Exporter
    from tlzoo.plugins import registered

    kinds = {each.name: each.value for each in registered("tlzoo_exporters")}
    known = [
        each
        for each, kind in kinds.items()
        if isinstance(kind, type) and issubclass(kind, Exporter) and kind.open is not Exporter.open and not kind.of_run
    ]
    if re.split("[:?]", name)[0] not in known:
        raise UsageError(f"no runtime {name!r}", did_you_mean(name, [TENSORFLOW, *known], valid="runtimes"))
    return find_exporters([name])[name]


def exported_file(run: Run, name: str, progress: Progress) -> ExportedFile | None:
    """Return the file of a runtime: that in the run's folder, or one that is exported now; None for TensorFlow.

    Raises:
        UsageError: If there is no such runtime.
        PluginError: If its packages are not installed.
        RunError: If the run has no such file, and cannot be exported.
        BytesRefusedError: If the folder was changed, or the file has no hash.
    """
    exporter = runtime_exporter(name)
    if exporter is None:
        return None
    folder = RunFolder.open(run.path, "exports")
    if (place := folder.exports / format_folder(name)).is_dir():
        return ExportedFile(_file_in(place), exporter)
    progress.note(f"{run.path} has no {name} file: exporting it for this server")
    with ExitStack() as stack:
        scratch = TemporaryDirectory(prefix="tlzoo-serve-")
        stack.callback(scratch.cleanup)
        (done,) = run.export(name, out=Path(scratch.name, "out"), progress=progress)
        stack.pop_all()
    return ExportedFile(done.path, exporter, scratch)


def exported_compute(
    prepare: Compute, by_tensorflow: Compute, file: ExportedFile, task: Task, thresholds: Sequence[float] | None
) -> Compute:
    """Return the function from read inputs to the outputs of the serving signature, by an exported file.

    Args:
        prepare: From read inputs to the inputs of the file, and ``readable``; by ``serving/``, as in training.
        by_tensorflow: Computes a batch at which the runtime fails, such as one text without a token in ONNX.
        file: The file.
        task: The task of the run.
        thresholds: Decision thresholds of the run, if any.
    """
    import tensorflow as tf

    word, runtime = task.serving_answers(thresholds), file.open()

    def compute(batch: Sequence[Any]) -> Mapping[str, np.ndarray]:
        inputs = dict(prepare(batch))
        readable = inputs.pop(_READABLE)
        try:
            answers = np.array(runtime(inputs), np.float32)
        except Exception:  # noqa: BLE001 - of any runtime
            return by_tensorflow(batch)
        if answers.shape != (len(batch), len(task.names)):
            raise BytesRefusedError(f"{file.path} is not the model of this run: it returns {answers.shape}")
        answers[~readable] = np.nan
        return {key: value.numpy() for key, value in word(tf.constant(answers)).items()}

    return compute


def _file_in(place: Path) -> Path:
    """Return the exported file in the folder of a format, by its card."""
    card = read_json(place / "card.json")
    name = card.get("file") if isinstance(card, dict) else None
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w.-]{0,99}", name) or not (place / name).is_file():
        raise BytesRefusedError(f"{place / 'card.json'} is damaged: it names no file", "export it again")
    return place / name
