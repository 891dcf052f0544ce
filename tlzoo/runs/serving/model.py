"""The model of a run, opened once to answer many requests."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tlzoo.errors import RunError
from tlzoo.process.forks import refuse_fork
from tlzoo.runs.files.folder import RunFolder, model_name
from tlzoo.runs.results.exported_runtime import open_exported
from tlzoo.runs.results.predict import input_contract, input_maximum, prediction_batch
from tlzoo.runs.results.predictors import modality_of_signature
from tlzoo.runs.results.run_task import run_decision, task_of
from tlzoo.runs.results.serving import check_answers, check_input, load_serving, serving_signature
from tlzoo.runs.results.tiled import tile_of, tiled_compute
from tlzoo.runs.serving.runtimes import Compute, exported_compute, finite_compute
from tlzoo.tasks import PLAIN, Task

if TYPE_CHECKING:
    from tlzoo.modalities import RawInputs
    from tlzoo.runs.results.exported_files import ExportedFile
    from tlzoo.runs.run import Run
    from tlzoo.runs.serving.options import ServerOptions

__all__ = ["Outputs", "ServedModel", "open_model"]

Outputs: TypeAlias = "Mapping[str, Any]"
"""The outputs of a serving signature for a batch, by name: arrays (N, …), or N maps of several sizes."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A run's model with its readers of inputs and answers.

    ``compute`` maps a batch of at most ``most`` read inputs, which fit the memory limit, to the outputs of the serving
    signature. It is called by one thread.
    """

    name: str
    task: Task
    raw: RawInputs
    shape: tuple[int | None, ...]
    dtype: str
    most: int
    runtime: str
    compute: Callable[[Sequence[Any]], Outputs]

    def answer(self, outputs: Outputs, row: int) -> dict[str, Any] | None:
        """Return one prediction in the form of ``tlzoo predict``; None for an unreadable input."""
        return self.task.read_answer({key: value[row] for key, value in outputs.items()})

    @property
    def has_files(self) -> bool:
        """Whether predictions can be files, such as masks."""
        return type(self.task).answer_file is not Task.answer_file

    def file(self, outputs: Outputs, row: int, read: Any) -> dict[str, str] | None:
        """Return one prediction as a file, with ``suffix`` and, in base64, ``b64``. ``read`` is its read input."""
        found = self.task.answer_file({key: value[row] for key, value in outputs.items()}, read)
        return None if found is None else {"suffix": found.suffix, "b64": b64encode(found.content).decode("ascii")}


def open_model(
    run: Run,
    options: ServerOptions,
    file: ExportedFile | None = None,
    report: Callable[[str], None] = lambda _line: None,
) -> ServedModel:
    """Open the model of a finished run, after the checks of its folder, and compute once to warm up.

    Args:
        run: The run.
        options: Runtime and name of the model.
        file: The exported file of the runtime; None for TensorFlow.
        report: Receives a line for each kind of error of the runtime.

    Raises:
        RunError: If the run is not finished, or has no model that can be served.
        BytesRefusedError: If the folder was changed, or its model is refused.
        PluginError: If the plugin of its task or inputs is not installed.
    """
    refuse_fork()
    folder = RunFolder.open(run.path, "serving", "model.keras")
    of_labels = task_of(run)
    task = of_labels or _task_of_model(folder)
    if not folder.serving.is_dir():
        raise RunError(
            f"{run.path} has no serving/ folder to serve",
            "train again with the export format 'saved-model' (--export saved-model)",
        )
    serving = load_serving(folder.serving)
    serve, argument, specification = serving_signature(serving, folder.serving)
    dtype, shape = specification.dtype.name, tuple(specification.shape[1:])
    modality = modality_of_signature(argument)
    raw = modality.raw_inputs(shape, input_contract(run)).of_maximum(input_maximum(run)).of_dtype(dtype)
    check_input(raw.dtype, specification, folder.serving)

    def called(signature: Any) -> Compute:
        def call(batch: Sequence[Any]) -> Mapping[str, np.ndarray]:
            import tensorflow as tf

            _ = serving  # its variables live as long as it does
            tensor = tf.constant(raw.batch(batch), specification.dtype)
            return {key: value.numpy() for key, value in signature(**{argument: tensor}).items()}

        return call

    answered = called(serve)
    inputs = serving.signatures.get("inputs")
    prepare = None if inputs is None else called(inputs)
    if file is not None:
        if prepare is None:
            raise RunError(
                f"{folder.serving} has no signature 'inputs', which the runtime {options.runtime} needs: an older "
                "version of tlzoo wrote it",
                "use --runtime tensorflow, or train again",
            )
        decision = PLAIN if of_labels is None else run_decision(run, of_labels)
        offsets = serving.signatures.get("offsets")
        answered = exported_compute(
            prepare,
            answered,
            open_exported(file, task),
            task,
            decision,
            report,
            None if offsets is None else called(offsets),
        )
    if prepare is not None:
        answered = finite_compute(answered, prepare, raw, task)

    def compute(batch: Sequence[Any]) -> Mapping[str, np.ndarray]:
        outputs = answered(batch)
        check_answers(outputs, len(batch), task, folder.serving)
        return outputs

    compute([raw.blank()])
    most = prediction_batch(run, options.max_batch)
    tile = tile_of(run)
    answers: Callable[[Sequence[Any]], Outputs] = compute
    if tile is not None:
        answers = tiled_compute(compute, raw, task, tile, most)
    name = options.name or model_name(run.path)
    return ServedModel(name, task, raw, shape, dtype, most, options.runtime, answers)


def _task_of_model(folder: RunFolder) -> Task:
    """Return the task of a run that learned without labels, by the names in its Keras model."""
    from tlzoo.export.keras_format import read_task
    from tlzoo.tasks.lookup import find_task

    fix = "train again with --export keras,saved-model"
    if not folder.model.is_file():
        raise RunError(f"{folder.path} has no model.keras with the names of its predictions", fix)
    kind, names = read_task(folder.model)
    found = find_task(kind)
    if found is None:
        raise RunError(f"{folder.path} learned the task {kind!r}, which no installed plugin provides", fix)
    return found.of_names(names)
