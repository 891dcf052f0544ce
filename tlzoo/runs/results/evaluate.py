"""Measuring a finished run's model, on its own splits or on other data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tlzoo.errors import BytesRefusedError, DataError, RunError, UsageError, did_you_mean
from tlzoo.progress import Progress
from tlzoo.runs.consent.user_code import name_source
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.journal import Journal
from tlzoo.runs.opening.class_indices import reindexed_test_split
from tlzoo.runs.opening.data_changes import refuse_changed_backbone
from tlzoo.runs.opening.open_recipe import Opened, open_recipe, open_source
from tlzoo.runs.recipe import read_recipe
from tlzoo.runs.results.episodes import evaluate_environment

if TYPE_CHECKING:
    from tlzoo.data import Dataset, Samples, Scaling, Task
    from tlzoo.runs.run import Run

__all__ = ["evaluate_run", "task_of"]

_SPLITS = ("train", "validation", "test")


def evaluate_run(run: Run, source: str | None, split: str | None, progress: Progress) -> dict[str, Any]:
    """Return metrics as ``test`` of ``tlzoo train --json`` has them.

    Without a source: on a split of the run's own data, ``test`` if none is named. With one: on that source's split of
    this name, or on all of it. Raises DataError where the source has classes that the model does not know, RunError
    where the run is not finished, or its own data or its backbone is not what it was.
    """
    from tlzoo.data import Dataset, like_training

    folder = RunFolder.open(run.path, "checkpoints")
    if source is not None:
        name_source(source)
    task = task_of(run)  # a run that is not finished is refused here
    if split is not None and split not in _SPLITS:
        raise UsageError(f"no split {split!r}", did_you_mean(split, _SPLITS, valid="splits"))
    if task is None and source is not None:
        return evaluate_environment(run, source, progress)
    journal = Journal(folder.journal)
    recipe = read_recipe(folder.recipe, {})
    with usable_cache(progress):
        if source is None:
            opened = open_recipe(recipe, progress, training=False)
            _check_unchanged(run, opened, journal)
            asked = split or "test"
        else:
            source = like_training(source, recipe.data)
            missing = recipe.missing if source.partition(":")[0] == recipe.data.partition(":")[0] else None
            opened = open_recipe(
                recipe, progress, _as_test(open_source(source, progress, missing), split, task), training=False
            )
            asked = "test"
        refuse_changed_backbone(journal.find("backbone"), opened.entry, opened.recipe, run.path)
        if isinstance(opened.data, Dataset) and not opened.sizes[asked]:
            raise DataError(f"{opened.data.source} has no {asked} examples", "name another split, or data with --data")
        trainer = opened.trainer()
        setup = opened.setup(folder.checkpoints, progress)
        setup = replace(setup, scaling=_scaling(folder, journal, task), thresholds=_thresholds(run))
        state = trainer.prepare(setup)
        kept = journal.find("kept")
        trainer.restore(state, kept["checkpoint"] if kept else "initial")
        return trainer.evaluate(state, asked).metrics.to_json()


def _scaling(folder: RunFolder, journal: Journal, task: Task | None) -> Scaling | None:
    """Return the scaling of the targets that the run was trained with; None in a run that learned no numbers."""
    from tlzoo.data import Regression, Scaling

    known = journal.find("data") or {}
    if not isinstance(task, Regression) or not known.get("scaling"):
        return None
    scaling, count = Scaling.from_json(known["scaling"]), len(task.targets)
    if not len(scaling.means) == len(scaling.deviations) == count:
        what = f"{len(scaling.means)} means and {len(scaling.deviations)} deviations for {count} targets"
        raise BytesRefusedError(
            f"{folder.journal} is damaged: it scales by {what}", "put the file back, or train again"
        )
    return scaling


def _thresholds(run: Run) -> tuple[float, ...] | Literal["half"]:
    """Return from which probability each of several labels applies, as the run chose and tested it."""
    if run.result.get("task") != "multi-label":
        return "half"
    found = {name: each.get("threshold", 0.5) for name, each in run.test["per_class"].items()}
    for name, threshold in found.items():
        if not isinstance(threshold, int | float):
            raise BytesRefusedError(
                f"the result of {run.path} has no threshold for {name!r}: {threshold!r:.80}", "train again"
            )
    return tuple(map(float, found.values()))


def _check_unchanged(run: Run, opened: Opened, journal: Journal) -> None:
    """Refuse data that changed: its splits are others, and what is tested on may have been trained on."""
    known = journal.find("data")
    if known is not None and known["fingerprint"] != opened.data.fingerprint:
        raise RunError(
            f"{opened.recipe.data} is not what it was when {run.path} was trained",
            "put it back, or measure all of it as other data with --data",
        )


def task_of(run: Run) -> Task | None:
    """Return what a finished run learned; None where it did not learn from labels."""
    from tlzoo.data import Classification, MultiLabel, Regression

    kind = run.result.get("task", "classification")
    names = run.test.get("per_target" if kind == "regression" else "per_class") or ()
    match kind:
        case "classification" | "multi-label" | "regression" if not names:
            raise BytesRefusedError(f"the result of {run.path} names no classes or targets", "train again")
        case "classification":
            return Classification(tuple(names))
        case "multi-label":
            return MultiLabel(tuple(names))
        case "regression":
            return Regression(tuple(names))
    return None


def _as_test(samples: Samples, split: str | None, task: Task | None) -> Dataset:
    """Return a data set whose test split is the source, its labels those of the task that the model knows."""
    if task is None:
        raise DataError(
            f"{samples.source} is {samples.task.kind}, and the model learned what has no labels", "give such data"
        )
    if samples.task.kind == task.kind and split is not None and split not in samples.given:
        raise DataError(f"{samples.source} declares no split {split!r}", "leave out --split to use all of it")
    everything = np.arange(len(samples.labels), dtype=np.int64)
    return reindexed_test_split(samples, everything if split is None else samples.given.get(split, everything), task)
