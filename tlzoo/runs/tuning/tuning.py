"""Tune a recipe: a search in a folder, from which it can be resumed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.data import MOST_FOLDS
from tlzoo.durations import TimeBudget, parse_duration
from tlzoo.errors import BytesRefusedError, RunError, TlzooError, UsageError
from tlzoo.progress import Progress, Silent
from tlzoo.runs.consent.user_code import remember_consent
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.files.collection import change_document, write_document
from tlzoo.runs.files.folder import RunFolder
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
    read_about,
)
from tlzoo.runs.tuning.nested import open_folds, search_folds
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
    nested: int | None = None,
    progress: Progress | None = None,
) -> Tuning:
    """Search for better options of a recipe in a new folder; train and test the best recipe.

    Trials are compared on the validation split; the test split is used once, by the run of the best recipe. Frozen
    features are computed once for all trials.

    Args:
        recipe: The recipe.
        out: Parent of the search folder.
        trials: Maximum number of trials. None: 20, or unlimited with a budget.
        budget: Time budget: seconds, or a string such as ``"5m"``. A trial that would exceed it, judged by the mean
            duration so far, is not started; the first one always runs.
        space: Values to try, such as ``{"rate": "1e-5..1e-2:log", "batch_size": "32"}``; they override or extend
            ``default_space``.
        nested: Number of folds on which the whole search is repeated, to measure how optimistic its best score is.
        progress: Receives progress and notes.

    Returns:
        The finished search.

    Raises:
        UsageError: If the data have no validation split, or the space or ``nested`` does not apply to the recipe.
    """
    progress = progress or Silent()
    RunFolder.check_parent(out)
    seconds = _seconds(trials, budget)
    if nested is not None and not 2 <= nested <= MOST_FOLDS:  # noqa: PLR2004
        raise UsageError(f"nested must be from 2 to {MOST_FOLDS} folds; got {nested}")
    with usable_cache(progress):
        opened = open_recipe(recipe, progress)
        check_origin(opened)
        axes = with_axes(default_space(_judged(opened)), space or {}, opened)
        search = _nested_search(opened, axes, nested, progress)
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
            tuner = Tuner(TuningFolder(folder.path), opened, axes, progress, search(TuningFolder(folder.path)))
            remember_consent(opened.recipe)
            write_document(folder.path / ABOUT, about | {"trials": most, "budget": seconds, "nested": nested})
            try:
                return tuner.go(most, seconds)
            except TlzooError:
                if not tuner.tried:
                    shutil.rmtree(folder.path, ignore_errors=True)
                raise


def is_tuning(path: Path) -> bool:
    """Return whether a folder contains a search.

    Args:
        path: The folder.

    Returns:
        True if it does.
    """
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
    """Resume an interrupted search, or extend a finished one.

    An interrupted trial is resumed at its last finished epoch.

    Args:
        path: Folder of the search.
        trials: New maximum number of trials. None: the old one.
        budget: New time budget: seconds, or a string such as ``"5m"``. None: the old one.
        data: The same data again, if they were in memory and this process does not have them.
        target: The same target data again, likewise.
        target_test: The same test data of the target again, likewise.
        progress: Receives progress and notes.

    Returns:
        The finished search.

    Raises:
        RunError: If the folder contains no search, or if its data or backbone has changed.
    """
    progress = progress or Silent()
    folder = TuningFolder(path)
    if not folder.about.is_file():
        raise RunError(
            f"{path} is not a search folder: it has no {folder.about.name}", "give the folder that `tlzoo tune` printed"
        )
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
        search = _nested_search(opened, axes, about.nested, progress)
        change_document(path / ABOUT, trials=trials, budget=seconds)
        return Tuner(folder, opened, axes, progress, search(folder)).go(trials, seconds)


def _axes(about: About, opened: Opened, path: Path) -> dict[str, Axis]:
    """Return the search space of the search; raise BytesRefusedError for one that does not fit the recipe."""
    try:
        return with_axes({}, about.space, opened)
    except UsageError as error:
        raise BytesRefusedError(f"{path / ABOUT} is damaged: {error.what}", "tune again") from error


def _nested_search(
    opened: Opened, axes: Mapping[str, Axis], count: int | None, progress: Progress
) -> Callable[[TuningFolder], Callable[[int, float | None], Mapping[str, Any]] | None]:
    """Return the function that makes the nested searches of a folder; it makes none without nested folds."""
    if count is None:
        return lambda _folder: None
    folds = open_folds(opened, count)
    space = {name: str(axis) for name, axis in axes.items()}

    def searches(folder: TuningFolder) -> Callable[[int, float | None], Mapping[str, Any]]:
        def search(trials: int, seconds: float | None) -> Mapping[str, Any]:
            return search_folds(
                folder,
                folds,
                space,
                lambda own, fold: Tuner(own, fold, axes, progress).go(trials, seconds),
                progress,
            )

        return search

    return searches


def _seconds(trials: int | None, budget: TimeBudget | None) -> float | None:
    """Check the limits of a search; return its time budget in seconds."""
    if trials is not None and not 1 <= trials <= MOST_TRIALS:
        raise UsageError(f"trials must be from 1 to {MOST_TRIALS}; got {trials}")
    return None if budget is None else parse_duration(budget, "budget")


def _judged(opened: Opened) -> Opened:
    if opened.data.labelled is None:
        raise UsageError(
            f"{opened.recipe.data} has no labelled samples, which are needed to compare trials",
            "train with each option; `tlzoo runs` lists the results",
        )
    if not opened.sizes["validation"]:
        raise UsageError(
            f"{opened.recipe.data} has no validation split, which is needed to compare trials",
            "give more labels: five per class, one of them for validation",
        )
    return opened
