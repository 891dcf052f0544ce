"""Predictions of a finished run, through the SavedModel that it serves: no plugin is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, DataError, EntryError, PluginError, RunError
from tlzoo.modalities import modality_of_argument
from tlzoo.process.forks import refuse_fork
from tlzoo.process.memory import memory_limit
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.results.evaluate import task_of
from tlzoo.runs.results.raw_inputs import as_inputs, inputs_of_data_set, refuse_others
from tlzoo.runs.results.serving import check_answers, check_input, load_serving, serving_signature
from tlzoo.runs.results.trainer_answers import predict_by_trainer

if TYPE_CHECKING:
    from tlzoo.modalities import Modality, RawInputs
    from tlzoo.progress import Progress
    from tlzoo.registry import InputContract
    from tlzoo.runs.run import Run

__all__ = ["predict_run"]


def predict_run(run: Run, given: Any, progress: Progress) -> list[dict[str, Any]]:
    """Return ``input`` and the answer to each input, in order. ``given`` is one input, or some of them.

    The answer is ``label`` and ``probabilities`` (by class); for several labels ``labels``, a list, and
    ``probabilities``; for numbers ``predictions`` (by target). For images an input is a file's path or its bytes, an
    http(s) address, a folder or glob that stands for the images in it, an array or a PIL image. For texts it is a
    string, or a tuple of two where the run learned from pairs; strings alone are then taken two by two. For rows of
    numbers it is an array or a list. A finite data set of TensorFlow or Keras gives its inputs. An input that cannot be
    read or fetched has None for an answer and an ``error``, and the others are predicted all the same. A run that did
    not learn from labels is answered by its trainer, which says what its inputs and answers are.

    Raises UsageError for a value of another type, DataError for an array that does not hold such inputs, RunError for a
    run without a model, BytesRefusedError for one whose model is not of this run.
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
    modality = _modality(argument)
    raw = modality.raw_inputs(tuple(specification.shape[1:]), _contract(run))
    check_input(raw.dtype, specification, folder.serving)
    several = inputs_of_data_set(run, given, raw) if is_data_set(given) else as_inputs(given, raw)
    inputs = raw.expanded(several)
    refuse_others(raw, inputs)
    if note := raw.note(inputs):
        progress.note(note)
    answers: list[dict[str, Any]] = []
    with progress.track("predicting", len(inputs), "inputs") as advance:
        size = _batch_size(run, modality.serving_batch)
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
    """Return what the graph takes for each input, and why those that cannot be read have no answer, by position."""
    batch, unread = [], {}
    for row, each in enumerate(asked):
        try:
            batch.append(raw.read(each))
        except (DataError, BytesRefusedError) as error:
            unread[row] = str(error)
            batch.append(raw.blank())
    return batch, unread


def _modality(argument: str) -> Modality:
    """Return the modality of a serving signature's argument; raise PluginError if its plugin is not there."""
    found = modality_of_argument(argument)
    if found is None:
        raise PluginError(f"no installed plugin brings the modality that predicts {argument}", "install its plugin")
    return found


def _contract(run: Run) -> InputContract | None:
    """Return what the run's backbone takes; None if its entry is not in the zoo any more."""
    from tlzoo.plugins import catalog

    try:
        return catalog().get(run.recipe.backbone).input
    except EntryError:
        return None


def _batch_size(run: Run, size: int) -> int:
    """Return how many inputs are predicted at once: ``size``, or fewer to fit the memory limit, if the run knows it."""
    memory = run.result.get("memory")
    if not memory or not memory["sample_bytes"]:
        return size
    fit = (memory_limit().bytes - memory["fixed_bytes"]) // memory["sample_bytes"]
    return int(min(size, max(1, fit)))
