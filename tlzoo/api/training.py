"""Functions that train: a run, its plan, a search over recipes, and the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack, overload

import tlzoo
from tlzoo.api.observers import TrackerChoice, observers_of
from tlzoo.api.progress_display import Verbose, shown_progress
from tlzoo.api.recipe_arguments import (
    RecipeArguments,
    TimedRecipeArguments,
    recipe_values,
    shows_recipe_arguments,
)
from tlzoo.durations import TimeBudget
from tlzoo.errors import UsageError
from tlzoo.progress import Progress
from tlzoo.runs.opening.memory import SOURCES, is_data, with_sources

if TYPE_CHECKING:
    import tlzoo.data
    import tlzoo.runs
    import tlzoo.zoo

__all__ = ["demo", "explain", "train", "tune"]


class _TrainArguments(TimedRecipeArguments, total=False):
    """The arguments of ``train`` that its result does not depend on, for type checkers."""

    from_run: str | PathLike[str] | None
    out: str | Path
    offline: bool | None
    trust_on_first_use: bool | None
    trust: Sequence[str]
    callbacks: Sequence[Any] | None
    tracker: TrackerChoice
    verbose: Verbose
    progress: Progress | None


_Given: TypeAlias = "str | Path | tlzoo.data.DataLike | None"


@overload
def train(
    recipe: _Given = None, *, seeds: None = None, folds: None = None, **arguments: Unpack[_TrainArguments]
) -> tlzoo.runs.Run: ...
@overload
def train(recipe: _Given = None, *, seeds: int, **arguments: Unpack[_TrainArguments]) -> tlzoo.runs.RunSet: ...
@overload
def train(recipe: _Given = None, *, folds: int, **arguments: Unpack[_TrainArguments]) -> tlzoo.runs.RunSet: ...
@overload
def train(
    recipe: _Given = None, *, seeds: int | None, folds: int | None, **arguments: Unpack[_TrainArguments]
) -> tlzoo.runs.Run | tlzoo.runs.RunSet: ...
@shows_recipe_arguments
def train(
    recipe: str | Path | tlzoo.data.DataLike | None = None,
    *,
    seeds: int | None = None,
    folds: int | None = None,
    from_run: str | PathLike[str] | None = None,
    out: str | Path = "runs",
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    trust: Sequence[str] = (),
    callbacks: Sequence[Any] | None = None,
    tracker: TrackerChoice = None,
    verbose: Verbose = "auto",
    progress: Progress | None = None,
    **fields: Unpack[TimedRecipeArguments],
) -> tlzoo.runs.Run | tlzoo.runs.RunSet:
    """Train a model on your data from a pretrained backbone, and return the run.

    >>> run = tlzoo.train("images:photos/", backbone="glyphnet", strategy="feature-extraction")
    >>> accuracy = run.test["accuracy"]
    >>> answers = run.predict("seven.png")

    The first argument is the data or a recipe file. Arguments with the name of a recipe field have the meaning of the
    same option of ``tlzoo train`` and override the recipe; None leaves a field unchanged.

    Data are a source string or in memory: ``train((x, y), backbone="glyphnet")``; ``tlzoo.data.DataLike`` lists the
    types. The recipe records the fingerprint of data in memory; to resume, give them again: ``resume(run, data=(x,
    y))``.

    A strategy or head of your own can be given as an object: ``train(…, strategy=Mine(rate=1e-4))``. The recipe records
    where its class is defined. If the class is defined in a notebook, define it there again before you resume or
    evaluate the run. A class in a file that a recipe names runs only with your consent: ``trust=["that.toml"]``.

    ``optimizer``, ``loss``, ``metrics`` and ``augment`` may be Keras objects; the recipe records their configurations.
    ``export=[]`` writes neither model nor report.

    ``seeds=5`` trains five runs with different seeds, and ``folds=5`` five runs on the folds of a cross-validation. The
    result is a run set with mean, spread and interval of the test metrics. Its runs are not exported unless you give
    ``export``.

    >>> runs = tlzoo.train("images:photos/", backbone="glyphnet", strategy="feature-extraction", seeds=2)
    >>> accuracies = [run.test["accuracy"] for run in runs.runs]

    Args:
        recipe: TOML file with the recipe, or the data.
        seeds: Number of runs with different seeds, counted up from ``seed``.
        folds: Number of folds of a cross-validation, instead of seeds: stratified, with whole groups.
        from_run: Finished run to start from, in a new run. ``train(from_run="runs/…", epochs=5)`` continues its last
            phase; ``strategy`` chooses another strategy. Network and split stay the same.
        out: Folder for run folders.
        offline: If True, nothing is downloaded. None: ``TLZOO_OFFLINE``.
        trust_on_first_use: If True, files without a published hash are accepted, and their present hash is pinned.
        trust: Runs, recipes and entries with code that you allow to run.
        callbacks: Keras callbacks, for which every phase is a call of ``fit``. They are not part of the recipe: give
            them again to resume.
        tracker: Trackers that log the run while it trains: ``"tensorboard"``, ``"mlflow"``, a mapping with options, an
            object, or a list of these.
        verbose: 0 for no output, 1 for progress bars, 2 for one line per epoch; ``"auto"`` is 1 in a terminal or a
            notebook, otherwise 0.
        progress: Your own receiver of progress and notes, instead of ``verbose``.

    Returns:
        The finished run, with metrics, report, model and predictions; with ``seeds`` or ``folds``, the run set.

    Raises:
        UsageError: If a name, an option or a value is wrong.
        EntryError: If the backbone is unknown or cannot be loaded.
        DataError: If the data cannot be used.
        TrainingError: If a phase fails.
    """
    from tlzoo.artifacts import using
    from tlzoo.runs import train_recipe, train_run_set, trust_named

    observers = observers_of(callbacks, tracker)
    progress = shown_progress(progress, verbose)
    trusted = trust_named(trust) or None
    with using(offline=offline, trust_on_first_use=trust_on_first_use, trusted=trusted):
        known, _kept = _resolve(recipe, from_run, fields, progress)
        if seeds is None and folds is None:
            return train_recipe(known, out=Path(out), progress=progress, observers=observers)
        return train_run_set(known, seeds=seeds, folds=folds, out=Path(out), progress=progress, observers=observers)


@shows_recipe_arguments
def explain(
    recipe: str | Path | tlzoo.data.DataLike | None = None,
    *,
    from_run: str | PathLike[str] | None = None,
    trust: Sequence[str] = (),
    verbose: Verbose = "auto",
    progress: Progress | None = None,
    **fields: Unpack[TimedRecipeArguments],
) -> Mapping[str, Any]:
    """Return the plan of a run without training it.

    >>> plan = tlzoo.explain("images:photos/", backbone="glyphnet")
    >>> names = [phase["name"] for phase in plan["phases"]]

    Args:
        recipe: TOML file with the recipe, or the data.
        from_run: Finished run to start from, as for ``train``.
        trust: Runs, recipes and entries with code that you allow to run.
        verbose: 0 for no output, 1 for progress bars, 2 for one line per epoch, or ``"auto"``, as for ``train``.
        progress: Your own receiver of progress and notes, instead of ``verbose``.

    Returns:
        The output of ``tlzoo train --explain --json``: ``phases`` with their mode, memory (bytes) and time (seconds),
        and the memory limit.

    Raises:
        UsageError: If a name, an option or a value is wrong.
        EntryError: If the backbone is unknown or cannot be loaded.
        DataError: If the data cannot be used.
    """
    from tlzoo.artifacts import using
    from tlzoo.runs import explain as explain_recipe
    from tlzoo.runs import trust_named

    progress = shown_progress(progress, verbose)
    with using(trusted=trust_named(trust) or None):
        known, _kept = _resolve(recipe, from_run, fields, progress)
        return explain_recipe(known, progress=progress)


@shows_recipe_arguments
def tune(
    recipe: str | Path | tlzoo.data.DataLike | None = None,
    *,
    trials: int | None = None,
    budget: TimeBudget | None = None,
    space: Mapping[str, str] | None = None,
    nested: int | None = None,
    resume: str | PathLike[str] | None = None,
    out: str | Path = "runs",
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    trust: Sequence[str] = (),
    verbose: Verbose = "auto",
    progress: Progress | None = None,
    **fields: Unpack[RecipeArguments],
) -> tlzoo.runs.Tuning:
    """Search for better options of a recipe, then train and test the best recipe.

    >>> tuning = tlzoo.tune(
    ...     "images:photos/", backbone="glyphnet", strategy="feature-extraction", trials=2, space={"rate": "0.001"}
    ... )
    >>> accuracy = tuning.run.test["accuracy"]

    Trials are compared on the validation split; only the best recipe is evaluated on the test split.

    Args:
        recipe: TOML file with the recipe, or the data.
        trials: Maximum number of trials. Default: 20, or unlimited with a budget.
        budget: Total time of all trials: seconds, or a string such as ``"5m"``.
        space: Values to try, such as ``{"rate": "1e-5..1e-2:log", "batch_size": "16,32"}``; added to the default space.
        nested: Number of folds on which the whole search is repeated, to measure how optimistic its best score is.
        resume: Folder of an interrupted search, which keeps its recipe and space. Give data in memory again.
        out: Folder for search folders.
        offline: If True, nothing is downloaded. None: ``TLZOO_OFFLINE``.
        trust_on_first_use: If True, files without a published hash are accepted, and their present hash is pinned.
        trust: Runs, recipes and entries with code that you allow to run.
        verbose: 0 for no output, 1 for progress bars, 2 for one line per epoch, or ``"auto"``, as for ``train``.
        progress: Your own receiver of progress and notes, instead of ``verbose``.

    Returns:
        The finished search, with the best recipe as ``recipe`` and its run as ``run``.

    Raises:
        UsageError: If a name, an option or a value is wrong, or the data have no validation split.
        RunError: If ``resume`` is not the folder of a search, or no trial has a score.
    """
    from tlzoo.artifacts import using
    from tlzoo.runs import resume_tuning, trust_named, tune_recipe

    if resume is not None and (recipe is not None or fields.keys() - {*SOURCES} or space or nested):
        raise UsageError("a resumed search keeps its recipe and space", "give only trials and budget")
    progress = shown_progress(progress, verbose)
    trusted = trust_named(trust) or None
    with using(offline=offline, trust_on_first_use=trust_on_first_use, trusted=trusted):
        if resume is not None:
            return resume_tuning(Path(resume), trials=trials, budget=budget, progress=progress, **_sources(fields))
        known, _kept = _resolve(recipe, None, fields, progress)
        return tune_recipe(
            known, out=Path(out), trials=trials, budget=budget, space=space, nested=nested, progress=progress
        )


def demo(
    *,
    photos: bool = False,
    out: str | Path = "runs",
    seeds: int | None = None,
    verbose: Verbose = "auto",
    progress: Progress | None = None,
) -> tlzoo.zoo.Demonstration:
    """Transfer a packaged backbone to handwritten digits or photographs and compare it with two baselines, offline.

    >>> demonstration = tlzoo.demo(seeds=1)  # doctest: +SKIP

    Args:
        photos: Learn materials from scikit-image's photographs with the ImageNet backbone, not handwritten digits.
        out: Folder for run folders.
        seeds: Number of random draws of the labelled images; by default 5, with ``photos`` 2.
        verbose: 0 for no output, 1 for progress bars, 2 for one line per epoch, or ``"auto"``, as for ``train``.
        progress: Your own receiver of progress and notes, instead of ``verbose``.

    Returns:
        Test accuracies (0 to 1) of each method, and the runs.
    """
    from tlzoo.zoo.demo import run_demo

    return run_demo(out=Path(out), photos=photos, seeds=seeds, progress=shown_progress(progress, verbose))


def _resolve(
    recipe: Any, from_run: str | PathLike[str] | None, fields: Mapping[str, Any], progress: Progress | None
) -> tuple[tlzoo.runs.Recipe, Sequence[Any]]:
    """Return the recipe from a file, a finished run or the fields alone, with a backbone chosen for ``auto``.

    Also return the objects that keep data in memory alive.
    """
    from tlzoo.runs import Run, continue_recipe, read_recipe
    from tlzoo.zoo.automatic_backbone import choose_backbone

    if recipe is not None and is_data(recipe):
        if fields.get("data") is not None:
            raise UsageError("data are given twice: as the first argument and as data=", "give only one")
        recipe, fields = None, {**fields, "data": recipe}
    if from_run is not None and recipe is not None:
        raise UsageError("from_run and a recipe are given, but from_run uses the recipe of its run", "give only one")
    like = None
    if from_run is not None and not all(isinstance(fields.get(name) or "", str) for name in SOURCES):
        like = Run(Path(from_run)).recipe
    fields, kept = with_sources(fields, progress, like=like)
    values = recipe_values(fields)
    if from_run is not None:
        known = continue_recipe(Path(from_run), values)
    else:
        known = read_recipe(None if recipe is None else Path(recipe), values)
    return choose_backbone(known, progress), kept


def _sources(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in SOURCES if name in fields}
