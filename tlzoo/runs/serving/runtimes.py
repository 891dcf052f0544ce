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

from tlzoo.errors import BytesRefusedError, RunError, UsageError, did_you_mean
from tlzoo.runs.exporting.write_format import format_folder
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.hashes import read_hashes
from tlzoo.runs.opening.exporters import find_exporters
from tlzoo.runs.results.exported_files import TENSORFLOW, read_exported_file

if TYPE_CHECKING:
    from tlzoo.export import Exporter, Runtime
    from tlzoo.modalities import RawInputs
    from tlzoo.progress import Progress
    from tlzoo.runs.results.exported_files import ExportedFile
    from tlzoo.runs.run import Run
    from tlzoo.tasks import Decision, Task

__all__ = [
    "Compute",
    "ServedFile",
    "exported_compute",
    "file_beside",
    "finite_compute",
    "runtime_exporter",
    "served_file",
]

Compute: TypeAlias = "Callable[[Sequence[Any]], Mapping[str, np.ndarray]]"
"""From read inputs to arrays (N, …) by name."""

_READABLE = "readable"


@dataclass(frozen=True, slots=True)
class ServedFile:
    """The exported file of a server. ``folder`` keeps a file that was exported for this server."""

    file: ExportedFile
    folder: TemporaryDirectory[str] | None = None

    def close(self) -> None:
        """Remove a file that was exported for this server."""
        if self.folder is not None:
            self.folder.cleanup()


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


def served_file(run: Run, name: str, progress: Progress) -> ServedFile | None:
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
    names = [name] if "?" in name else [name, exporter.format, f"{exporter.name}:{exporter.precision}"]
    places = (folder.exports / format_folder(each) for each in names)
    if place := next((each for each in places if each.is_dir()), None):
        if read_hashes(folder.path) is None:
            raise BytesRefusedError(f"{place} has no hashes", f"remove it, and export again into {folder.path}")
        return ServedFile(file_beside(place / "card.json", name))
    progress.note(f"{run.path} has no {name} file: exporting it for this server")
    with ExitStack() as stack:
        scratch = TemporaryDirectory(prefix="tlzoo-serve-")
        stack.callback(scratch.cleanup)
        (done,) = run.export(name, out=Path(scratch.name, "out"), progress=progress)
        file = file_beside(done.path, name)
        stack.pop_all()
    return ServedFile(file, scratch)


def file_beside(path: Path, name: str) -> ExportedFile:
    """Return the exported file with its card, in the folder of one of its files.

    Raises BytesRefusedError if the card is damaged, or of another format than ``name``.
    """
    file = read_exported_file(path.parent, own=True)
    if file is None or file.card.format.partition(":")[0] != re.split("[:?]", name)[0]:
        raise BytesRefusedError(f"{path.parent} has no file for the runtime {name!r}", "remove it, and export again")
    return file


def exported_compute(
    prepare: Compute,
    by_tensorflow: Compute,
    runtime: Runtime,
    task: Task,
    decision: Decision,
    report: Callable[[str], None],
    offsets: Compute | None = None,
) -> Compute:
    """Return the function from read inputs to the outputs of the serving signature, by an exported file.

    Args:
        prepare: From read inputs to the inputs of the file, and ``readable``; by ``serving/``, as in training.
        by_tensorflow: Computes a batch at which the runtime fails, such as one text without a token in ONNX.
        runtime: The file, opened by its runtime.
        task: The task of the run.
        decision: What the run fitted after training.
        report: Receives a line for the first error of each kind at which TensorFlow computes a batch.
        offsets: From read inputs to where positions are in them, for sequences.
    """
    import tensorflow as tf

    word = task.serving_answers(decision)
    reported: set[type[Exception]] = set()

    def compute(batch: Sequence[Any]) -> Mapping[str, np.ndarray]:
        inputs = dict(prepare(batch))
        readable = inputs.pop(_READABLE)
        try:
            answers = np.array(runtime(inputs), np.float32)
        except Exception as error:  # noqa: BLE001 - of any runtime
            if type(error) not in reported:
                reported.add(type(error))
                said = " ".join(f"{type(error).__name__}: {error}".split())
                report(f"the runtime failed, so TensorFlow computes batches at which it does: {said:.500}")
            return by_tensorflow(batch)
        answers[~readable] = np.nan
        found = {key: value.numpy() for key, value in word(tf.constant(answers)).items()}
        return found if offsets is None else found | dict(offsets(batch))

    return compute


def finite_compute(answered: Compute, prepare: Compute, raw: RawInputs, task: Task) -> Compute:
    """Return ``answered`` with an error for readable inputs that get no answer, because numbers are NaN or infinite.

    Only an unreadable input is the client's error, and one with numbers that are too large.

    Args:
        answered: From read inputs to the outputs of the serving signature.
        prepare: From read inputs to ``readable``, among others.
        raw: The reader of raw inputs.
        task: The task of the run.
    """

    def compute(batch: Sequence[Any]) -> Mapping[str, np.ndarray]:
        outputs = answered(batch)
        numbers = [value.reshape(len(batch), -1) for value in outputs.values() if value.dtype.kind == "f"]
        without = [
            row
            for row in range(len(batch))
            if not all(np.isfinite(each[row]).all() for each in numbers)
            and task.read_answer({key: value[row] for key, value in outputs.items()}) is None
        ]
        if without and any(prepare(batch)[_READABLE][row] and not raw.is_extreme(batch[row]) for row in without):
            raise RunError("the model returns NaN or infinity for an input that can be read", "train again")
        return outputs

    return compute
