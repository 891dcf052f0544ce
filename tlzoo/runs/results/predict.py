"""Predictions of a finished run with its SavedModel; no plugin is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, DataError, EntryError, PluginError, RunError
from tlzoo.modalities import modality_of_argument
from tlzoo.process.forks import refuse_fork
from tlzoo.process.memory import memory_limit
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.results.evaluate import task_of
from tlzoo.runs.results.raw_inputs import as_inputs, inputs_of_data_set, refuse_others
from tlzoo.runs.results.serving import check_answers, check_input, load_serving, serving_signature
from tlzoo.runs.results.trainer_answers import predict_by_trainer

if TYPE_CHECKING:
    from tlzoo.modalities import Modality, RawInputs
    from tlzoo.progress import Progress
    from tlzoo.registry import InputContract
    from tlzoo.runs.run import Run

__all__ = ["input_contract", "input_maximum", "modality_of_signature", "predict_run", "prediction_batch"]


def predict_run(run: Run, given: Any, progress: Progress) -> list[dict[str, Any]]:
    """Return ``input`` and prediction for each input, in order. ``given`` is one input or several.

    A prediction has ``label`` and ``probabilities`` (by class); with several labels per sample ``labels``, a list, and
    ``probabilities``; for regression ``predictions`` (by target). An image is a file path, bytes, an http(s) URL, an
    array or a PIL image; a folder or glob stands for all its images. A text is a string, or a tuple of two if the run
    learned from pairs; strings alone are then grouped in pairs. A row of numbers is an array or a list. A finite data
    set of TensorFlow or Keras provides its inputs. An input that cannot be read or downloaded has None as its
    prediction and an ``error``; the others are predicted. If the run was trained without labels, its trainer defines
    the inputs and predictions.

    Raises UsageError for a value of another type, DataError for an array with another shape, RunError for a run
    without a model, and BytesRefusedError for a model of another run.
    """
    refuse_fork()
    folder = RunFolder.open(run.path, "serving")
    task = task_of(run)
    if task is None:
        return predict_by_trainer(run, as_inputs(given), progress)
    if not folder.serving.is_dir():
        raise RunError(
            f"{run.path} has no serving/ folder to predict with",
            "train again with the export format 'saved-model' (--export saved-model)",
        )
    import tensorflow as tf

    from tlzoo.data.adapters.memory.streams import is_data_set

    serving = load_serving(folder.serving)
    serve, argument, specification = serving_signature(serving, folder.serving)
    modality = modality_of_signature(argument)
    raw = modality.raw_inputs(tuple(specification.shape[1:]), input_contract(run)).of_maximum(input_maximum(run))
    check_input(raw.dtype, specification, folder.serving)
    several = inputs_of_data_set(run, given, raw) if is_data_set(given) else as_inputs(given, raw)
    inputs = raw.expanded(several)
    refuse_others(raw, inputs)
    if note := raw.note(inputs):
        progress.note(note)
    answers: list[dict[str, Any]] = []
    with progress.track("predicting", len(inputs), "inputs") as advance:
        size = prediction_batch(run, modality.serving_batch)
        for begin in range(0, len(inputs), size):
            asked = inputs[begin : begin + size]
            batch, unread = _read(raw, asked)
            answered = {
                key: value.numpy()
                for key, value in serve(**{argument: tf.constant(raw.batch(batch), specification.dtype)}).items()
            }
            check_answers(answered, len(batch), task, folder.serving)
            for row, (each, data) in enumerate(zip(asked, batch, strict=True)):
                own = None if row in unread else task.read_answer({key: value[row] for key, value in answered.items()})
                answers.append({"input": raw.name(each)} | (own or dict.fromkeys(task.serving_outputs)))
                if own is None:
                    answers[-1]["error"] = unread.get(row) or raw.why(data)
            advance(len(asked))
    return answers


def _read(raw: RawInputs, asked: Sequence[Any]) -> tuple[list[Any], dict[int, str]]:
    """Return the model input of each readable input, and the error of each unreadable one, by position."""
    batch, unread = [], {}
    for row, each in enumerate(asked):
        try:
            batch.append(raw.read(each))
        except (DataError, BytesRefusedError) as error:
            unread[row] = str(error)
            batch.append(raw.blank())
    return batch, unread


def modality_of_signature(argument: str) -> Modality:
    """Return the modality of a serving signature's argument; raise PluginError if its plugin is missing."""
    found = modality_of_argument(argument)
    if found is None:
        raise PluginError(
            f"no installed plugin provides the modality for {argument}", "install the plugin of the run's backbone"
        )
    return found


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
