"""Nested cross-validation: the whole search on each fold, to measure how optimistic its best score is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, UsageError
from tlzoo.progress import Progress, Silent
from tlzoo.runs.files.collection import change_document, write_document
from tlzoo.runs.opening.data_changes import describe_backbone, describe_data, refuse_changed_data
from tlzoo.runs.opening.open_recipe import Opened, open_recipe
from tlzoo.runs.tuning.folder import ABOUT, RESTORE, TuningFolder, read_about
from tlzoo.tasks import task_of_result

if TYPE_CHECKING:
    from tlzoo.runs.run import Run
    from tlzoo.runs.tuning.result import Tuning

__all__ = ["nested_figures", "open_folds", "search_folds"]


def open_folds(opened: Opened, count: int) -> list[Opened]:
    """Return the recipe of a search, opened on each of ``count`` folds, without exports.

    Raises UsageError for a recipe that has one fold, DataError for data that cannot be split into these folds.
    """
    if opened.recipe.fold is not None:
        raise UsageError(
            f"the recipe has one fold ({opened.recipe.fold}), which has no folds of its own", "remove fold"
        )
    assert opened.data.labelled is not None  # there is a validation split
    samples = opened.data.labelled.samples
    recipes = [
        opened.recipe.model_copy(update={"fold": f"{number}/{count}", "export": ()}) for number in range(1, count + 1)
    ]
    return [open_recipe(recipe, Silent(), samples) for recipe in recipes]


def search_folds(
    folder: TuningFolder,
    folds: Sequence[Opened],
    space: Mapping[str, str],
    search: Callable[[TuningFolder, Opened], Tuning],
    progress: Progress,
) -> dict[str, Any]:
    """Run the search on every fold, in a folder each, and return ``nested`` of the result.

    A search selects by the validation split of its fold, so its best score is optimistic. Its best recipe is then
    tested on the fold, which the search has not seen (Varma & Simon 2006, Bias in error estimation when using
    cross-validation for model selection, BMC Bioinformatics 7:91).

    Raises UsageError, before the folds are trained, if the metrics on a test split do not have the validation score.
    """
    from tlzoo.runs.tuning.result import Tuning

    _tested(Tuning(folder.path).run)
    rows = []
    with progress.track("nested folds", len(folds), "folds") as advance:
        for number, opened in enumerate(folds, 1):
            own = TuningFolder(folder.nested / f"fold-{number}")
            _prepare(own, opened, space)
            rows.append(_row(search(own, opened), str(opened.recipe.fold)))
            advance(1)
    return nested_figures(rows)


def nested_figures(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return ``nested`` of the result, given the score, its unit, and the validation and test scores of each fold.

    The intervals of shares are cut to possible values: from 0 to 1, and from -1 to 1 for their differences. The
    interval of equal values is None.
    """
    from tlzoo.evaluation import mean_interval
    from tlzoo.evaluation.mean_interval import UNIT_BOUNDS

    ratio, bounds = 1 / (len(rows) - 1), UNIT_BOUNDS.get(rows[0]["unit"])
    tests = mean_interval([each["test"] for each in rows], test_to_train=ratio, bounds=bounds)
    differences = [each["validation"] - each["test"] for each in rows]
    widest = None if bounds is None else (bounds[0] - bounds[1], bounds[1] - bounds[0])
    optimism = mean_interval(differences, test_to_train=ratio, bounds=widest)
    return {
        "folds": len(rows),
        "score": rows[0]["score"],
        "validation": sum(each["validation"] for each in rows) / len(rows),
        "test": tests.mean,
        "test_interval": tests.interval and list(tests.interval),
        "optimism": optimism.mean,
        "optimism_interval": optimism.interval and list(optimism.interval),
        "runs": [{key: value for key, value in each.items() if key not in {"score", "unit"}} for each in rows],
    }


def _prepare(folder: TuningFolder, opened: Opened, space: Mapping[str, str]) -> None:
    """Describe the search of a fold, or verify the folder of an interrupted one. Then it changes."""
    if folder.about.is_file():
        known = read_about(folder.path)
        if known.recipe.to_toml() != opened.recipe.to_toml():
            raise BytesRefusedError(f"{folder.about} is not the recipe of this search", RESTORE)
        refuse_changed_data(known.data, opened.data)
        change_document(folder.about)
        return
    folder.path.mkdir(parents=True, exist_ok=True)
    about = {
        "recipe": opened.recipe.model_dump(mode="json", exclude_none=True),
        "space": dict(space),
        "data": describe_data(opened.data),
        "backbone": describe_backbone(opened.entry, opened.recipe),
    }
    write_document(folder.path / ABOUT, about)


def _row(tuning: Tuning, fold: str) -> dict[str, Any]:
    """Return the best validation score of a search, and the same score of its best recipe on the fold."""
    run, result = tuning.run, tuning.result
    test, unit = _tested(run)
    return {
        "score": str(run.result["score"]),
        "unit": unit,
        "fold": fold,
        "validation": float(result["best"]["score"]),
        "test": test,
        "trials": len(result["trials"]),
        "run": str(run.path),
    }


def _tested(run: Run) -> tuple[float, str]:
    """Return the score that selects trials, measured on the test split, and its unit.

    Raises UsageError if the metrics do not have a value of this name.
    """
    name, metrics = str(run.result["score"]), run.metrics
    key = name.replace(" ", "_").lower()
    for figure in metrics.figures:
        if figure.name == key and figure.value is not None:
            return float(figure.value), figure.unit
    task = task_of_result(run.result)
    if metrics.score.name == name and task is not None:
        return float(metrics.score.value), task.score_unit
    raise UsageError(
        f"trials are selected by {name!r}, which the test metrics of {run.path} do not have",
        "search without nested folds, or add this figure to the metrics of the task",
    )
