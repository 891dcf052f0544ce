"""From a recipe to a better one: a search in a folder that it can be resumed from."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.durations import TimeBudget, parse_duration
from tlzoo.errors import BytesRefusedError, RunError, TlzooError, UsageError
from tlzoo.progress import Progress, Silent
from tlzoo.runs.consent.user_code import remember_consent
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.opening.data_changes import (
    describe_backbone,
    describe_data,
    refuse_changed_backbone,
    refuse_changed_data,
)
from tlzoo.runs.opening.memory import give_again
from tlzoo.runs.opening.open_recipe import Opened, open_recipe
from tlzoo.runs.opening.origin import check_origin
from tlzoo.runs.recipe import Recipe
from tlzoo.runs.tuning.folder import (
    ABOUT,
    About,
    TuningFolder,
    change_about,
    read_about,
    write_about,
)
from tlzoo.runs.tuning.result import Tuning
from tlzoo.runs.tuning.space import default_space, with_axes
from tlzoo.runs.tuning.trials import Tuner

if TYPE_CHECKING:
    from tlzoo.data import DataLike
    from tlzoo.runs.tuning.space import Axis

__all__ = ["is_tuning", "resume_tuning", "tune_recipe"]

DEFAULT_TRIALS, MOST_TRIALS = 20, 1000


def tune_recipe(
    recipe: Recipe,
    *,
    out: Path,
    trials: int | None = None,
    budget: TimeBudget | None = None,
    space: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Tuning:
    """Search for better options of a recipe in a new folder under ``out``; train and test the chosen one.

    At most ``trials`` are made (20, or as many as fit where there is a budget), and none is begun that would end after
    ``budget`` (``"5m"``, or seconds) of trials, going by the mean so far; the first is made whatever it takes.
    ``space`` goes over ``default_space``: ``{"rate": "1e-5..1e-2:log", "batch_size": "32"}``. Trials are judged on the
    validation split; the test split is looked at once, by the run of the chosen recipe. What is frozen is computed once
    for all trials.

    Raises UsageError for data without a validation split and a space that has no meaning for the recipe.
    """
    progress = progress or Silent()
    RunFolder.check_parent(out)
    seconds = _seconds(trials, budget)
    with usable_cache(progress):
        opened = open_recipe(recipe, progress)
        check_origin(opened)
        axes = with_axes(default_space(_judged(opened)), space or {}, opened)
        words = (opened.entry.id.rpartition("/")[2].partition(".")[0], opened.recipe.data, "tune")
        folder = RunFolder.create(out, *words)
        most = trials or (DEFAULT_TRIALS if seconds is None else MOST_TRIALS)
        about = {
            "recipe": opened.recipe.model_dump(mode="json", exclude_none=True),
            "space": {name: str(axis) for name, axis in axes.items()},
            "data": describe_data(opened.data),
            "backbone": describe_backbone(opened.entry, opened.recipe),
        }
        with folder.lock():
            tuner = Tuner(TuningFolder(folder.path), opened, axes, progress)
            remember_consent(opened.recipe)
            write_about(folder.path, about | {"trials": most, "budget": seconds})
            try:
                return tuner.go(most, seconds)
            except TlzooError:
                if not tuner.tried:
                    shutil.rmtree(folder.path, ignore_errors=True)
                raise


def is_tuning(path: Path) -> bool:
    """Return whether a folder holds a search."""
    return TuningFolder(path).about.is_file()


def resume_tuning(
    path: Path,
    *,
    trials: int | None = None,
    budget: TimeBudget | None = None,
    data: DataLike | None = None,
    target: DataLike | None = None,
    target_test: DataLike | None = None,
    progress: Progress | None = None,
) -> Tuning:
    """Go on with a search that was interrupted, or further with one that was not: bounds that are given replace its.

    ``data``, ``target`` and ``target_test`` are given again if the search had them in memory, and this process has not.
    An interrupted trial goes on at its last finished epoch. Raises RunError where the folder holds no search, or its
    data or its backbone has changed.
    """
    progress = progress or Silent()
    folder = TuningFolder(path)
    if not folder.about.is_file():
        raise RunError(f"{path} is no search: it has no {folder.about.name}", "give the folder that `tlzoo tune` named")
    seconds = _seconds(trials, budget)
    with usable_cache(progress), RunFolder(path).lock():
        about = read_about(path)
        if trials is None and seconds is None:
            trials, seconds = about.trials, about.budget
        trials = MOST_TRIALS if trials is None else trials
        _kept = give_again(about.recipe, {"data": data, "target": target, "target_test": target_test}, progress)
        opened = open_recipe(about.recipe, progress)
        refuse_changed_data(about.data, opened.data)
        refuse_changed_backbone(about.backbone, opened.entry, opened.recipe, path)
        axes = _axes(about, opened, path)
        change_about(path, trials=trials, budget=seconds)
        return Tuner(folder, opened, axes, progress).go(trials, seconds)


def _axes(about: About, opened: Opened, path: Path) -> dict[str, Axis]:
    """Return the space that was searched; raise BytesRefusedError for one that no search of this recipe has."""
    try:
        return with_axes({}, about.space, opened)
    except UsageError as error:
        raise BytesRefusedError(f"{path / ABOUT} is damaged: {error.what}", "tune again") from error


def _seconds(trials: int | None, budget: TimeBudget | None) -> float | None:
    """Check the bounds of a search; return its time budget in seconds."""
    if trials is not None and not 1 <= trials <= MOST_TRIALS:
        raise UsageError(f"{trials} trials", f"ask for 1 to {MOST_TRIALS}")
    return None if budget is None else parse_duration(budget, "budget")


def _judged(opened: Opened) -> Opened:
    if opened.data.labelled is None:
        raise UsageError(
            f"{opened.recipe.data} has no labelled samples, and trials are judged on labels",
            "train with each option; `tlzoo runs` lists the results side by side",
        )
    if not opened.sizes["validation"]:
        raise UsageError(
            f"{opened.recipe.data} has no validation split to judge trials by",
            "give more labels: five a class, of which one is for validation",
        )
    return opened
