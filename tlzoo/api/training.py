"""Verbs that train: one run, its plan, a search over recipes, and the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

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


@shows_recipe_arguments
def train(
    recipe: str | Path | tlzoo.data.DataLike | None = None,
    *,
    from_run: str | Path | None = None,
    out: str | Path = "runs",
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    trust: Sequence[str] = (),
    callbacks: Sequence[Any] | None = None,
    tracker: TrackerChoice = None,
    verbose: Verbose = "auto",
    progress: Progress | None = None,
    **fields: Unpack[TimedRecipeArguments],
) -> tlzoo.runs.Run:
    """Transfer a backbone to data, and return the run.

    The first argument is the data, or a recipe: a TOML file. Arguments with the name of a field override it, and mean
    the same as the options of ``tlzoo train``: ``train("images:photos/", backbone="glyphnet", strategy="lp-ft")``.

    Data are a source string, or in memory: ``train((x, y), backbone="glyphnet")``. ``tlzoo.data.DataLike`` lists the
    objects. The recipe records their fingerprint; ``resume(run, data=(x, y))`` takes the same data again.

    ``from_run`` is a finished run to start from: ``train(from_run="runs/…", epochs=5)`` trains on with its last phase,
    or by another ``strategy``, in a new run. Its network and its split stay the same.

    A strategy or head of your own may be given as an object: ``train(…, strategy=Mine(rate=1e-4))``. The recipe records
    where its class is defined. A class of a notebook can be resumed and evaluated only there, once it is defined again.
    A class in a file that a recipe names runs only with your consent: ``trust=["that.toml"]``.

    ``callbacks`` are Keras callbacks, which see every phase as a call of ``fit``. They are not a part of the recipe:
    give them to ``resume`` again. ``optimizer``, ``loss``, ``metrics`` and ``augment`` may be Keras objects, whose
    configurations the recipe keeps. ``tracker`` logs the run elsewhere while it trains: ``"tensorboard"``,
    ``"mlflow"``, a mapping with options, an object, or several in a list.

    ``export=[]`` writes neither model nor report: metrics, checkpoints and result only.

    ``verbose`` is 0 for no output, 1 for progress bars, 2 for a line an epoch; ``"auto"`` is 1 in a terminal or a
    notebook, and 0 elsewhere. A ``progress`` of your own goes before it.

    Raises UsageError, EntryError, DataError, TrainingError and other kinds of TlzooError.
    """
    from tlzoo.artifacts import using
    from tlzoo.runs import train_recipe, trust_named

    observers = observers_of(callbacks, tracker)
    progress = shown_progress(progress, verbose)
    trusted = trust_named(trust) or None
    with using(offline=offline, trust_on_first_use=trust_on_first_use, trusted=trusted):
        known, _kept = _resolve(recipe, from_run, fields, progress)
        return train_recipe(known, out=Path(out), progress=progress, observers=observers)


@shows_recipe_arguments
def explain(
    recipe: str | Path | tlzoo.data.DataLike | None = None,
    *,
    from_run: str | Path | None = None,
    trust: Sequence[str] = (),
    verbose: Verbose = "auto",
    progress: Progress | None = None,
    **fields: Unpack[TimedRecipeArguments],
) -> Mapping[str, Any]:
    """Return the plan of a run without training it; arguments are those of ``train``."""
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
    resume: str | Path | None = None,
    out: str | Path = "runs",
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    trust: Sequence[str] = (),
    verbose: Verbose = "auto",
    progress: Progress | None = None,
    **fields: Unpack[RecipeArguments],
) -> tlzoo.runs.Tuning:
    """Search for better options of a recipe, whose fields can be given as to ``train``.

    At most ``trials`` are made within ``budget`` (``"5m"``, or seconds). ``space`` gives ranges of options, such as
    ``{"rate": "1e-5..1e-2:log", "batch_size": "16,32"}``, which override the default space. Trials are judged on the
    validation split; the chosen recipe is trained and tested at the end: ``tune(…).run.test``, ``tune(…).recipe``.
    ``resume`` is the folder of an interrupted search, which keeps its recipe and space. Data in memory are given again.
    """
    from tlzoo.artifacts import using
    from tlzoo.runs import resume_tuning, trust_named, tune_recipe

    if resume is not None and (recipe is not None or fields.keys() - {*SOURCES} or space):
        raise UsageError("a search that goes on has its recipe and space", "give only trials and budget")
    progress = shown_progress(progress, verbose)
    trusted = trust_named(trust) or None
    with using(offline=offline, trust_on_first_use=trust_on_first_use, trusted=trusted):
        if resume is not None:
            return resume_tuning(Path(resume), trials=trials, budget=budget, progress=progress, **_sources(fields))
        known, _kept = _resolve(recipe, None, fields, progress)
        return tune_recipe(known, out=Path(out), trials=trials, budget=budget, space=space, progress=progress)


def demo(
    *, out: str | Path = "runs", seeds: int = 5, verbose: Verbose = "auto", progress: Progress | None = None
) -> tlzoo.zoo.Demonstration:
    """Transfer the packaged glyph backbone to handwritten digits and compare it with two baselines, offline."""
    from tlzoo.zoo.demo import run_demo

    return run_demo(out=Path(out), seeds=seeds, progress=shown_progress(progress, verbose))


def _resolve(
    recipe: Any, from_run: str | Path | None, fields: Mapping[str, Any], progress: Progress | None
) -> tuple[tlzoo.runs.Recipe, Sequence[Any]]:
    """Return the recipe of a file, of a finished run or of the fields alone, with a backbone chosen for ``auto``.

    Beside it stand the objects that keep data in memory for as long as they are held.
    """
    from tlzoo.runs import Run, continue_recipe, read_recipe
    from tlzoo.zoo.automatic_backbone import choose_backbone

    if recipe is not None and is_data(recipe):
        if fields.get("data") is not None:
            raise UsageError("the first argument is data, and data= is given", "give one of them")
        recipe, fields = None, {**fields, "data": recipe}
    if from_run is not None and recipe is not None:
        raise UsageError("from_run takes the recipe of its run, and a recipe is given", "give one of them")
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
