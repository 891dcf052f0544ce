"""Result of a run set: metrics of each run, and their mean, spread and interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tlzoo.runs.recipe import Recipe
from tlzoo.runs.run import Run

if TYPE_CHECKING:
    from tlzoo.tasks import Figure

__all__ = ["summarize_set"]

_MOST_FIGURES = 3


def summarize_set(recipe: Recipe, runs: Sequence[Run], seeds: int | None, test_split: str | None) -> dict[str, Any]:
    """Return ``result.json`` of a set, without its folder.

    ``recipe`` is the resolved recipe of the first run. ``seeds`` is None for folds. ``test_split`` is the origin of
    the test split.
    """
    from tlzoo.evaluation import mean_interval
    from tlzoo.evaluation.mean_interval import UNIT_BOUNDS

    results = [run.result for run in runs]
    tested = [_figures(run) for run in runs]
    shared = [each for each in tested[0] if all(each.name in {other.name for other in one} for one in tested)]
    ratio = 0.0 if seeds is not None else 1 / (len(runs) - 1)  # of a fold to the other folds
    mean: dict[str, float | None] = {}
    spread: dict[str, float | None] = {}
    interval: dict[str, list[float] | None] = {}
    for figure in shared:
        values = [next(each.value for each in one if each.name == figure.name) for one in tested]
        known = [value for value in values if value is not None]
        mean[figure.name] = spread[figure.name] = interval[figure.name] = None
        if len(known) == len(values):
            found = mean_interval(known, test_to_train=ratio, bounds=UNIT_BOUNDS.get(figure.unit))
            mean[figure.name], spread[figure.name] = found.mean, found.spread
            interval[figure.name] = None if found.interval is None else list(found.interval)
    first = results[0]
    return {
        **{name: first[name] for name in ("backbone", "strategy", "head", "augment", "data", "weights", "task")},
        "seeds": None if seeds is None else [recipe.seed + number for number in range(seeds)],
        "folds": len(runs) if seeds is None else None,
        "seed": recipe.seed,
        "test_split": test_split,
        "runs": [_row(run, figures) for run, figures in zip(runs, tested, strict=True)],
        "units": {figure.name: figure.unit for figure in shared},
        "mean": mean,
        "spread": spread,
        "interval": interval,
        "method": "t" if seeds is not None else "corrected t",
        "seconds": round(sum(float(each["seconds"]) for each in results), 3),
    }


def _row(run: Run, figures: Sequence[Figure]) -> dict[str, Any]:
    result = run.result
    kept = [phase for phase in result["phases"] if phase["kept"]]
    return {
        "run": str(run.path),
        "seed": result["seed"],
        "fold": run.recipe.fold,
        "examples": dict(result["examples"]),
        "validation": kept[-1]["score"] if kept else None,
        "test": {figure.name: figure.value for figure in figures},
        "seconds": result["seconds"],
    }


def _figures(run: Run) -> list[Figure]:
    """Return the headline metrics of a run on its test split."""
    return [each for each in run.metrics.figures if each.unit != "count"][:_MOST_FIGURES]
