"""A finished run with its data and its final weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.opening.data_changes import refuse_changed_backbone
from tlzoo.runs.opening.open_recipe import open_recipe
from tlzoo.runs.opening.setup import make_setup
from tlzoo.runs.recipe import read_recipe
from tlzoo.runs.results.evaluate import check_unchanged
from tlzoo.runs.results.run_task import run_decision, task_of
from tlzoo.runs.results.trainer_answers import kept_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlzoo.progress import Progress
    from tlzoo.runs.opening.open_recipe import Opened
    from tlzoo.runs.run import Run
    from tlzoo.training import Setup, Trainer

__all__ = ["reopened_run"]


def reopened_run(
    run: Run, progress: Progress, changed: Callable[[Setup], Setup] = lambda setup: setup
) -> tuple[Opened, Trainer, Any]:
    """Return the opened recipe of a finished run, its trainer, and the trainer's state with the final weights.

    ``changed`` changes the setup before the state is prepared, such as its target. Raises RunError if the run is not
    finished, or its data or backbone have changed.
    """
    folder = RunFolder.open(run.path, "checkpoints")
    _ = run.result  # raises for an unfinished run
    journal = Journal(folder.journal)
    opened = open_recipe(read_recipe(folder.recipe, {}), progress, training=False)
    if opened.data.labelled is not None:
        check_unchanged(run, opened, journal)
    refuse_changed_backbone(journal.find("backbone"), opened.entry, opened.recipe, run.path)
    setup = make_setup(opened, folder.checkpoints, progress)
    if (task := task_of(run)) is not None:
        setup = replace(setup, decision=run_decision(run, task))
    setup = changed(setup)
    return opened, opened.trainer, kept_state(opened, setup, journal)
