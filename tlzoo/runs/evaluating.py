"""Measuring a finished run's model, on its own splits or on other data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import DataError, RunError, UsageError, did_you_mean
from tlzoo.progress import Progress
from tlzoo.runs.cache import usable_cache
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.journal import Journal
from tlzoo.runs.opening import Opened, open_recipe, open_source
from tlzoo.runs.recipe import read_recipe

if TYPE_CHECKING:
    from tlzoo.data import Dataset, Samples
    from tlzoo.runs.run import Run

__all__ = ["evaluate_run"]

_SPLITS = ("train", "validation", "test")


def evaluate_run(run: Run, source: str | None, split: str | None, progress: Progress) -> dict[str, Any]:
    """Return metrics as ``test`` of ``tlzoo train --json`` has them.

    Without a source: on a split of the run's own data, ``test`` if none is named. With one: on that source's split of
    this name, or on all of it. Raises DataError where the source has classes that the model does not know, RunError
    where the run is not finished, or its own data is not what it was.
    """
    from tlzoo.evaluation import classification_metrics

    classes = tuple(run.result["test"]["per_class"])  # a run that is not finished is refused here
    if split is not None and split not in _SPLITS:
        raise UsageError(f"no split {split!r}", did_you_mean(split, _SPLITS, valid="splits"))
    folder = RunFolder.open(run.path)
    journal = Journal(folder.journal)
    recipe = read_recipe(folder.recipe, {})
    with usable_cache(progress):
        if source is None:
            opened = open_recipe(recipe, progress)
            _check_unchanged(run, opened, journal)
            asked = split or "test"
        else:
            missing = recipe.missing if source.partition(":")[0] == recipe.data.partition(":")[0] else None
            opened = open_recipe(recipe, progress, _as_test(open_source(source, progress, missing), split, classes))
            asked = "test"
        if not len(getattr(opened.data, asked)):
            raise DataError(f"{opened.data.source} has no {asked} examples", "name another split, or data with --data")
        trainer = opened.trainer()
        state = trainer.prepare(opened.setup(folder.checkpoints, progress))
        kept = journal.find("kept")
        trainer.restore(state, kept["checkpoint"] if kept else "initial")
        labels, probabilities = trainer.evaluate(state, asked)
    return classification_metrics(labels, probabilities, classes).to_json()


def _check_unchanged(run: Run, opened: Opened, journal: Journal) -> None:
    """Refuse data that changed: its splits are others, and what is tested on may have been trained on."""
    known = journal.find("data")
    if known is not None and known["fingerprint"] != opened.data.fingerprint:
        raise RunError(
            f"{opened.recipe.data} is not what it was when {run.path} was trained",
            "put it back, or measure all of it as other data with --data",
        )


def _as_test(samples: Samples, split: str | None, classes: tuple[str, ...]) -> Dataset:
    """Return a data set whose test split is the source, its labels renumbered to the classes that the model knows."""
    from tlzoo.data import Classification, Dataset

    unknown = [name for name in samples.task.names if name not in classes]
    if unknown:
        raise DataError(
            f"{samples.source} has the class {unknown[0]!r}", did_you_mean(unknown[0], classes, valid="the model knows")
        )
    if split is not None and split not in samples.given:
        raise DataError(f"{samples.source} declares no split {split!r}", "leave out --split to use all of it")
    position_of = np.array([classes.index(name) for name in samples.task.names], dtype=np.int64)
    renumbered = replace(samples, labels=position_of[samples.labels], task=Classification(classes))
    everything = np.arange(len(samples.labels), dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    return Dataset(
        renumbered, train=nothing, validation=nothing, test=everything if split is None else samples.given[split]
    )
