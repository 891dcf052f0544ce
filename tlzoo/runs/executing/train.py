"""Train a recipe, and resume an interrupted run."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.errors import RunError
from tlzoo.files.atomic import write_text
from tlzoo.files.format_number import with_format
from tlzoo.process.memory import VARIABLE, memory_limit
from tlzoo.progress import Progress, Silent
from tlzoo.runs.consent.user_code import remember_consent
from tlzoo.runs.executing.cleanup import cleanup_on_failure
from tlzoo.runs.executing.driver import drive
from tlzoo.runs.executing.environment import describe_environment
from tlzoo.runs.executing.explain import refuse_before_training
from tlzoo.runs.executing.finish import finish
from tlzoo.runs.executing.strategy_errors import report_strategy_errors
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.hashes import hash_beginning
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.runs.observing.epoch_lines import EpochLines
from tlzoo.runs.observing.observers import NOBODY, Observers, record_callbacks, refuse_callbacks
from tlzoo.runs.observing.tracking import track
from tlzoo.runs.opening.data_changes import describe_backbone, record_inputs
from tlzoo.runs.opening.memory import give_again
from tlzoo.runs.opening.open_recipe import Opened, open_recipe
from tlzoo.runs.opening.origin import check_origin, write_start
from tlzoo.runs.opening.setup import make_setup
from tlzoo.runs.recipe import Recipe, read_recipe, write_recipe
from tlzoo.runs.run import Run

if TYPE_CHECKING:
    from tlzoo.data import DataLike

__all__ = ["resume", "resume_opened", "train_opened", "train_recipe"]


def train_recipe(recipe: Recipe, *, out: Path, progress: Progress | None = None, observers: Observers = NOBODY) -> Run:
    """Train a recipe in a new folder and return the run.

    Errors in names, options and data are raised before the folder is created. If training fails before the end of the
    first epoch, the folder is removed.

    Args:
        recipe: The recipe.
        out: Parent of the run folder.
        observers: Callbacks and trackers.
        progress: Receives progress and notes.

    Returns:
        The finished run.

    Raises:
        TlzooError: If the recipe is invalid, or training fails.
    """
    progress = progress or Silent()
    RunFolder.check_parent(out)
    with usable_cache(progress):
        opened = open_recipe(recipe, progress)
        words = (opened.entry.id.rpartition("/")[2].partition(".")[0], recipe.data, opened.recipe.strategy.name)
        return train_opened(opened, lambda: RunFolder.create(out, *words), out, progress, observers)


def train_opened(
    opened: Opened,
    make: Callable[[], RunFolder],
    out: Path,
    progress: Progress,
    observers: Observers = NOBODY,
    *,
    advises: bool = True,
) -> Run:
    """Train an opened recipe in the new folder under ``out`` that ``make`` returns. See ``train_recipe``.

    ``advises``: whether a note about an error names the run to resume.
    """
    refuse_callbacks(opened, observers)
    check_origin(opened)
    with cleanup_on_failure(progress, make, new_in=out, advises=advises) as folder, folder.lock():
        write_start(opened, folder.checkpoints)
        write_recipe(folder.recipe, opened.recipe)
        remember_consent(opened.recipe)
        hash_beginning(folder.path)
        return _execute(folder, opened, progress, observers)


def resume(
    path: Path,
    *,
    data: DataLike | None = None,
    target: DataLike | None = None,
    target_test: DataLike | None = None,
    progress: Progress | None = None,
    observers: Observers = NOBODY,
) -> Run:
    """Resume an interrupted run at its last finished epoch, with exactly the result of an uninterrupted run.

    Args:
        path: Run folder.
        data: The same data again, if they were in memory and this process does not have them.
        target: The same target data again, likewise.
        target_test: The same test data of the target again, likewise.
        observers: Callbacks and trackers.
        progress: Receives progress and notes.

    Returns:
        The finished run.

    Raises:
        RunError: If the run is finished or in use, or if its data or backbone has changed.
    """
    progress = progress or Silent()
    kept = []

    def opened(recipe: Recipe) -> Opened:
        kept.extend(give_again(recipe, {"data": data, "target": target, "target_test": target_test}, progress))
        return open_recipe(recipe, progress)

    with usable_cache(progress):
        return resume_opened(path, opened, progress, observers)


def resume_opened(
    path: Path,
    open_again: Callable[[Recipe], Opened],
    progress: Progress,
    observers: Observers = NOBODY,
    *,
    advises: bool = True,
) -> Run:
    """Resume an interrupted run, whose recipe ``open_again`` opens. See ``resume``, and ``train_opened`` for advice."""
    folder = RunFolder.find(path)
    with cleanup_on_failure(progress, lambda: folder, advises=advises), folder.lock():
        if folder.result.exists():
            raise RunError(
                f"{path} is finished", f"to train longer in a new run: `tlzoo train --from {path} --epochs N`"
            )
        RunFolder.open(path, "checkpoints")
        opened = open_again(read_recipe(folder.recipe, {}))
        refuse_callbacks(opened, observers)
        return _execute(folder, opened, progress, observers)


def _execute(folder: RunFolder, opened: Opened, progress: Progress, observers: Observers) -> Run:
    """Run the phases that are not in the journal, and write the result."""
    began = time.perf_counter()
    journal = Journal(folder.journal)
    record_inputs(folder, journal, opened)
    trainer = opened.trainer
    setup = make_setup(opened, folder.checkpoints, progress)
    setup = replace(setup, memory=_memory_of(journal), callbacks=observers.callbacks)
    if journal.find("backbone") is None:  # after loading, which may pin a file
        journal.append("backbone", **describe_backbone(opened.entry, opened.recipe))
    write_text(folder.environment, json.dumps(with_format(describe_environment(opened.entry.id)), indent=2))
    state = trainer.prepare(setup)
    if journal.find("plan") is None:
        refuse_before_training(opened, trainer, state, observers.callbacks)
    record_callbacks(journal, observers, progress.note)
    with track(observers.trackers, folder, opened.recipe, journal, progress.note) as tracking:
        outcome = drive(
            trainer,
            state,
            report_strategy_errors(opened.strategy),
            journal,
            MetricsFile(folder.metrics, EpochLines(progress), tracking.log_epoch),
            progress.note,
            seconds=opened.recipe.seconds,
            checkpoints=folder.checkpoints,
        )
        journal.append("kept", checkpoint=outcome.kept.checkpoint, phase=outcome.kept.phase)
        spent = time.perf_counter() - began
        finish(folder, opened, trainer, state, outcome, progress.note, seconds=spent, tracking=tracking)
    return Run(folder.path)


def _memory_of(journal: Journal) -> int:
    """Return the memory limit of a run in bytes; a resumed run keeps its limit unless another one is set.

    The limit determines the batches of frozen forward passes, and equal batches give bit-identical features.
    """
    known = journal.find("memory")
    if known is None:
        journal.append("memory", limit_bytes=memory_limit().bytes, source=memory_limit().source)
    elif not os.environ.get(VARIABLE):
        return int(known["limit_bytes"])
    return memory_limit().bytes
