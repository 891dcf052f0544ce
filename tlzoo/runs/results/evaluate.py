"""Evaluate the model of a finished run on its own splits or on other data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import BytesRefusedError, DataError, RunError, UsageError, did_you_mean
from tlzoo.progress import Progress
from tlzoo.runs.consent.user_code import name_source
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.opening.class_indices import reindexed_test_split
from tlzoo.runs.opening.data_changes import refuse_changed_backbone
from tlzoo.runs.opening.open_recipe import Opened, open_recipe
from tlzoo.runs.opening.setup import make_setup
from tlzoo.runs.opening.sources import open_source, open_trainer_data
from tlzoo.runs.recipe import Recipe, read_recipe
from tlzoo.runs.results.run_task import DAMAGED, run_decision, said, task_of
from tlzoo.runs.results.trainer_answers import kept_state
from tlzoo.training import evaluation_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.data import Dataset, Samples
    from tlzoo.runs.run import Run
    from tlzoo.tasks import Task

__all__ = ["check_unchanged", "evaluate_run"]

_SPLITS = ("train", "validation", "test")


def evaluate_run(run: Run, source: str | None, split: str | None, progress: Progress) -> dict[str, Any]:
    """Return metrics in the format of ``test`` in ``tlzoo train --json``.

    Without a source, the metrics are those on a split of the run's data, by default ``test``. With a source, they are
    those on its split of this name, or on all of it. Raises DataError for classes that the model does not know, and
    RunError for an unfinished run or one with changed data or backbone.
    """
    folder = RunFolder.open(run.path, "checkpoints")
    if source is not None:
        name_source(source)
    task = task_of(run)  # raises for an unfinished run
    if split is not None and split not in _SPLITS:
        raise UsageError(f"no split {split!r}", did_you_mean(split, _SPLITS, valid="splits"))
    journal = Journal(folder.journal)
    recipe = read_recipe(folder.recipe, {})
    with usable_cache(progress):
        if source is None:
            opened = open_recipe(recipe, progress, training=False)
            check_unchanged(run, opened, journal)
            asked = split or "test"
        else:
            opened = _opened_with(recipe, source, split, task, progress)
            asked = "test"
        refuse_changed_backbone(journal.find("backbone"), opened.entry, opened.recipe, run.path)
        _check_shape(run, opened, journal)
        if not opened.sizes.get(asked, 1):
            raise DataError(
                f"{opened.data.source} has no {asked} examples", "choose another split, or other data with --data"
            )
        setup = make_setup(opened, folder.checkpoints, progress)
        if task is not None:
            setup = replace(setup, facts=_facts(folder, journal, task), decision=run_decision(run, task))
        state = kept_state(opened, setup, journal)
        return evaluation_json(opened.trainer.evaluate(state, asked))


def _opened_with(recipe: Recipe, source: str, split: str | None, task: Task | None, progress: Progress) -> Opened:
    """Open the recipe with other data for the run's task; None if the run was trained without labels."""
    from tlzoo.data import like_training
    from tlzoo.data.lookup import has_samples

    if task is None:
        if has_samples(source) and not has_samples(recipe.data):  # before samples are read
            raise UsageError(
                f"{source} has labelled samples, but the run was trained without labels", "give data of the run's kind"
            )
        open_trainer_data(recipe.data, progress).check_other(open_trainer_data(source, progress))
        return open_recipe(recipe.model_copy(update={"data": source}), progress, training=False)
    source = like_training(source, recipe.data)
    missing = recipe.missing if source.partition(":")[0] == recipe.data.partition(":")[0] else None
    return open_recipe(recipe, progress, _as_test(open_source(source, progress, missing), split, task), training=False)


def _facts(folder: RunFolder, journal: Journal, task: Task) -> Mapping[str, Any]:
    """Return facts on the training split from the journal, if the task needs them to evaluate other data."""
    try:
        return task.read_facts(journal.find("data") or {})
    except DAMAGED as error:
        raise BytesRefusedError(
            f"{folder.journal} is damaged: {said(error)}", "restore the file, or train again"
        ) from error


def check_unchanged(run: Run, opened: Opened, journal: Journal) -> None:
    """Raise RunError for changed data: new splits could put training samples into the test split."""
    known = journal.find("data")
    if known is not None and known["fingerprint"] != opened.data.fingerprint:
        raise RunError(
            f"{opened.recipe.data} has changed since {run.path} was trained",
            "restore the data, or evaluate all of it as other data with --data",
        )


def _check_shape(run: Run, opened: Opened, journal: Journal) -> None:
    """Raise DataError for inputs of another shape, if the backbone is built for the shape of the run's data."""
    known = (journal.find("data") or {}).get("input_shape")
    shape = None if opened.data.input_shape is None else list(opened.data.input_shape)
    if opened.data.labelled is not None and known is not None and shape != known:
        what = f"{opened.data.source} has inputs of shape {shape}, but {run.path} was trained on shape {known}"
        raise DataError(what, "give the same columns in the same order")


def _as_test(samples: Samples, split: str | None, task: Task) -> Dataset:
    """Return a data set with the source as test split and labels as class indices of the model."""
    if samples.task.kind == task.kind and split is not None and split not in samples.given:
        raise DataError(f"{samples.source} has no split {split!r}", "remove --split to use all samples")
    everything = np.arange(len(samples.labels), dtype=np.int64)
    return reindexed_test_split(samples, everything if split is None else samples.given.get(split, everything), task)
