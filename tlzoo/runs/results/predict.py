"""Predictions of a finished run, with its SavedModel or an exported file; no plugin is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import BytesRefusedError, DataError, EntryError, ExportError, RunError, UsageError
from tlzoo.modalities import NeedsTensorFlow
from tlzoo.process.forks import refuse_fork
from tlzoo.process.memory import memory_limit
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.results.answer_files import AnswerFiles
from tlzoo.runs.results.exported_files import TENSORFLOW, choose_runtime
from tlzoo.runs.results.predictors import ExportedPredictor, Predictor, ServingPredictor
from tlzoo.runs.results.raw_inputs import as_inputs, check_offsets, inputs_of_data_set, refuse_others
from tlzoo.runs.results.run_task import run_bounds, task_of
from tlzoo.runs.results.tiled import TiledPredictor, tile_of
from tlzoo.tasks.conformal import read_coverage

if TYPE_CHECKING:
    from tlzoo.modalities import RawInputs
    from tlzoo.progress import Progress
    from tlzoo.registry import InputContract
    from tlzoo.runs.run import Run
    from tlzoo.tasks import Task

__all__ = ["input_contract", "input_maximum", "predict_run", "prediction_batch"]


def predict_run(
    run: Run,
    given: Any,
    progress: Progress,
    runtime: str | None = None,
    out: Path | None = None,
    options: Mapping[str, Any] | None = None,
    coverage: str | float | None = None,
) -> list[dict[str, Any]]:
    """Return ``input`` and prediction for each input, in order. ``given`` is one input or several.

    A prediction has ``label`` and ``probabilities`` (by class); with several labels per sample ``labels``, a list, and
    ``probabilities``; for regression ``predictions`` (by target). An image is a file path, bytes, an http(s) URL, an
    array or a PIL image; a folder or glob stands for all its images. A text is a string, or a tuple of two if the run
    learned from pairs; strings alone are then grouped in pairs. A row of numbers is an array or a list. A finite data
    set of TensorFlow or Keras provides its inputs. An input that cannot be read or downloaded has None as its
    prediction and an ``error``; the others are predicted. If the run was trained without labels, its trainer defines
    the inputs, predictions and ``options``. ``out`` is a folder for predictions that are files, such as masks; the
    predictions have the path of theirs under ``file``.

    ``runtime`` is ``tensorflow`` for the SavedModel, or the name of a format for a file in ``exports/``. By default,
    such a file is used if it is exact, its runtime is installed, and it gives the run's own answers for its golden
    inputs. A batch with an input that only TensorFlow can prepare is predicted with the SavedModel.

    With a ``coverage``, such as 0.9 or ``90%``, a prediction also has ``set``, the classes of a label set, or for
    regression ``intervals`` by target.

    Raises UsageError for a value of another type, or for ``out`` if the run's task has no such files, DataError for an
    array with another shape, RunError for a run without a model, and BytesRefusedError for a model of another run.
    """
    refuse_fork()
    folder = RunFolder.open(run.path, "serving")
    task = task_of(run)
    bounds = None if coverage is None else run_bounds(run, task, read_coverage(coverage))
    if task is None:
        from tlzoo.runs.results.trainer_answers import predict_by_trainer

        AnswerFiles(None, out, str(run.result.get("task")))
        if runtime not in {None, TENSORFLOW}:
            raise UsageError(f"{run.path} was trained without labels: its trainer predicts", "leave out the runtime")
        return predict_by_trainer(run, as_inputs(given), progress, options)
    if options:
        raise UsageError(f"predictions of {run.path} have no options; got {', '.join(options)}", "leave them out")
    files = AnswerFiles(task, out, task.kind)
    predictors = _Predictors(run, folder, task, progress)
    predictor = predictors.first(runtime)
    covered = (task.cover_name,) if bounds is not None or run.recipe.coverage is not None else ()
    unreadable = dict.fromkeys((*task.serving_outputs, *covered))
    raw = predictor.raw.of_maximum(input_maximum(run))
    several = inputs_of_data_set(run, given, raw) if _is_data_set(given) else as_inputs(given, raw)
    inputs = raw.expanded(several)
    refuse_others(raw, inputs)
    if note := raw.note(inputs):
        progress.note(note)
    answers: list[dict[str, Any]] = []
    with progress.track("predicting", len(inputs), "inputs") as advance:
        size = prediction_batch(run, predictor.batch_size)
        for begin in range(0, len(inputs), size):
            asked = inputs[begin : begin + size]
            batch, unread = _read(raw, asked, task)
            try:
                found = predictor.predict(batch, unread)
            except NeedsTensorFlow as reason:
                found = predictors.serving(str(reason)).predict(batch, unread)
            if bounds is not None:
                found = [None if outputs is None else outputs | _cover(task, outputs, bounds) for outputs in found]
            for row, (each, data, outputs) in enumerate(zip(asked, batch, found, strict=True)):
                own = None if outputs is None else task.read_answer(outputs)
                answers.append({"input": raw.name(each)} | (own or unreadable))
                if own is None or outputs is None:
                    answers[-1]["error"] = unread.get(row) or raw.why(data)
                else:
                    answers[-1] |= files.write(answers[-1]["input"], outputs, data)
            advance(len(asked))
    return answers


def _cover(task: Task, outputs: Mapping[str, np.ndarray], bounds: np.ndarray) -> dict[str, np.ndarray]:
    """Return the label set or intervals of one prediction, as an output of the serving signature."""
    numbers = next(name for name, form in task.serving_outputs.items() if form == "numbers")
    return {name: each[0] for name, each in task.cover(outputs[numbers][np.newaxis], bounds).items()}


class _Predictors:
    """The predictors of a run, opened when they are needed."""

    def __init__(self, run: Run, folder: RunFolder, task: Task, progress: Progress) -> None:
        self._folder, self._task, self._progress = folder, task, progress
        self._contract, self._tile, self._maximum = input_contract(run), tile_of(run), input_maximum(run)
        self._serving: Predictor | None = None

    def first(self, runtime: str | None) -> Predictor:
        """Return the predictor for the runtime, with a note if it is an exported file."""
        file = choose_runtime(self._folder, runtime)
        if file is None:
            return self.serving()
        try:
            predictor: Predictor = ExportedPredictor(file, self._task, self._contract)
        except (NeedsTensorFlow, ExportError) as error:
            if runtime is not None:
                raise error if isinstance(error, ExportError) else UsageError(str(error)) from error
            return self.serving(str(error))
        self._progress.note(
            f"predicting with {file.path.relative_to(self._folder.path)}; --runtime tensorflow uses the SavedModel"
        )
        return self._of_tiles(predictor)

    def serving(self, reason: str = "") -> Predictor:
        """Return the SavedModel; note the ``reason`` why an exported file is not enough."""
        if self._serving is None:
            if not self._folder.serving.is_dir():
                raise RunError(
                    f"{self._folder.path} has no serving/ folder to predict with" + (f" ({reason})" if reason else ""),
                    "train again with the export format 'saved-model' (--export saved-model)",
                )
            if reason:
                self._progress.note(f"TensorFlow is needed: {reason}")
            self._serving = self._of_tiles(ServingPredictor(self._folder.serving, self._task, self._contract))
        return self._serving

    def _of_tiles(self, predictor: Predictor) -> Predictor:
        return predictor if self._tile is None else TiledPredictor(predictor, self._tile, self._maximum)


def _is_data_set(given: Any) -> bool:
    if isinstance(given, str | bytes | list | tuple):
        return False
    from tlzoo.data.adapters.memory.streams import is_data_set

    return is_data_set(given)


def _read(raw: RawInputs, asked: Sequence[Any], task: Task) -> tuple[list[Any], dict[int, str]]:
    """Return the model input of each readable input, and the error of each unreadable one, by position."""
    batch, unread = [], {}
    for row, each in enumerate(asked):
        try:
            check_offsets(task, each)
            batch.append(raw.read(each))
        except (DataError, BytesRefusedError) as error:
            unread[row] = str(error)
            batch.append(raw.blank())
    return batch, unread


def input_contract(run: Run) -> InputContract | None:
    """Return the input contract of the run's backbone; None if its entry is no longer in the zoo."""
    from tlzoo.plugins import catalog

    try:
        return catalog().get(run.recipe.backbone).input
    except EntryError:
        return None


def input_maximum(run: Run) -> float | None:
    """Return the value of white in the floating-point images that the run learned from; None for other inputs."""
    found = (Journal(RunFolder.find(run.path).journal).find("data") or {}).get("input_maximum")
    return float(found) if isinstance(found, int | float) else None


def prediction_batch(run: Run, size: int) -> int:
    """Return the prediction batch size: ``size``, or less to fit the memory limit, if the run has an estimate."""
    memory = run.result.get("memory")
    if not memory or not memory["sample_bytes"]:
        return size
    fit = (memory_limit().bytes - memory["fixed_bytes"]) // memory["sample_bytes"]
    return int(min(size, max(1, fit)))
