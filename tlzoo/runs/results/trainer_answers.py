"""Predictions and videos of finished runs on data for a trainer, made by the trainer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import TlzooError, UsageError
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.opening.components import make_head
from tlzoo.runs.opening.data_changes import refuse_changed_backbone
from tlzoo.runs.opening.open_recipe import open_recipe
from tlzoo.runs.opening.setup import make_setup
from tlzoo.runs.recipe import read_recipe
from tlzoo.runs.results.run_task import task_of

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs.opening.open_recipe import Opened
    from tlzoo.runs.run import Run
    from tlzoo.training import Setup, Trainer

__all__ = ["kept_state", "predict_by_trainer", "stream_by_trainer", "streams_texts", "write_run_video"]


def predict_by_trainer(
    run: Run, inputs: Sequence[Any], progress: Progress, options: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return the trainer's prediction for each input.

    Raises UsageError for inputs or options that the trainer does not accept.
    """
    trainer, state = _reopened(run, progress, options)
    return trainer.predict(state, inputs)


def streams_texts(run: Run) -> bool:
    """Return whether the predictions of a finished run are texts that its trainer yields as they are produced."""
    from tlzoo.plugins import registered

    try:
        if task_of(run) is not None:
            return False
        wanted = make_head(run.recipe.head).trainer or run.result.get("task")
    except TlzooError:
        return False  # of an unfinished or damaged run: predicting reports it
    found = {each.name: each.value for each in registered("tlzoo_trainers")}.get(str(wanted))
    return bool(getattr(found, "streams", False))


def stream_by_trainer(
    run: Run, inputs: Sequence[Any], progress: Progress, options: Mapping[str, Any] | None = None
) -> Iterator[tuple[int, str]]:
    """Open the run, and return pieces of the predicted texts with the position of their input, as they are produced.

    Raises UsageError for a run with other predictions, and for inputs or options that the trainer does not accept.
    """
    if not streams_texts(run):
        raise UsageError(f"the predictions of {run.path} are not texts", "use predict")
    trainer, state = _reopened(run, progress, options)
    return trainer.stream(state, inputs)


def write_run_video(run: Run, given: Any, path: Path, progress: Progress) -> dict[str, Any]:
    """Write a video for one input, and return the prediction as ``predict`` does.

    Raises UsageError if the trainer does not support videos or the format given by the file extension.
    """
    trainer, state = _reopened(run, progress)
    return trainer.write_video(state, given, path)


def kept_state(opened: Opened, setup: Setup, journal: Journal) -> Any:
    """Return the trainer's state with the final weights of the run."""
    state = opened.trainer.prepare(setup)
    kept = journal.find("kept")
    opened.trainer.restore(state, kept["checkpoint"] if kept else "initial")
    return state


def _reopened(run: Run, progress: Progress, options: Mapping[str, Any] | None = None) -> tuple[Trainer, Any]:
    folder = RunFolder.open(run.path, "checkpoints")
    _ = run.result  # raises for an unfinished run
    with usable_cache(progress):
        opened = open_recipe(read_recipe(folder.recipe, {}), progress, training=False)
        journal = Journal(folder.journal)
        refuse_changed_backbone(journal.find("backbone"), opened.entry, opened.recipe, run.path)
        state = kept_state(opened, make_setup(opened, folder.checkpoints, progress), journal)
        if options:
            state = opened.trainer.with_prediction_options(state, options)
        return opened.trainer, state
