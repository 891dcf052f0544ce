"""Runs with and without transfer, one of each per seed, and their comparison."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tlzoo.errors import DataError
from tlzoo.progress import Progress, Silent
from tlzoo.runs import Recipe, Run, RunFolder, find_runs, open_recipe, read_recipe, resume, train_recipe
from tlzoo_rl.transfer.measures import Curve, TransferReport, measure

__all__ = ["compare", "curve_of"]

_POINTS = 100


def compare(
    data: str,
    backbone: str,
    *,
    steps: int,
    seeds: Sequence[int],
    out: Path,
    strategy: str | Mapping[str, Any] = "fine-tune",
    head: Mapping[str, Any] | None = None,
    threshold: float | None = None,
    resumes: bool = False,
    progress: Progress | None = None,
) -> TransferReport:
    """Train a backbone by a strategy and from scratch in an environment, with every seed, and return the report.

    ``from-scratch`` tries three learning rates, each with the whole budget of ``steps``; transfer is compared with
    the best of them (``curve_of``). If it ``resumes``, finished runs with the same recipes in ``out`` are reused, and
    interrupted ones are resumed. ``progress`` counts whole runs.
    """
    own = {"name": strategy} if isinstance(strategy, str) else dict(strategy)
    curves: dict[str, list[Curve]] = {"transfer": [], "scratch": []}
    with (progress or Silent()).track("comparing", 2 * len(seeds), "runs") as advance:
        for seed in seeds:
            for group, chosen in (("transfer", own), ("scratch", {"name": "from-scratch"})):
                values = {"data": data, "backbone": backbone, "steps": steps, "seed": seed, "export": []}
                more = {"strategy": _choice(chosen)} | ({} if head is None else {"head": _choice(head)})
                curves[group].append(curve_of(_trained(read_recipe(None, values | more), out, resumes=resumes)))
                advance(1)
    return measure(curves["transfer"], curves["scratch"], steps, threshold)


def _trained(recipe: Recipe, out: Path, *, resumes: bool) -> Run:
    try:
        return (_taken(recipe, out) if resumes else None) or train_recipe(recipe, out=out)
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(f"interrupted; to continue with the runs in {out}, add --resume") from error


def _taken(recipe: Recipe, out: Path) -> Run | None:
    """Return the finished run of a recipe in a folder; None if there is none."""
    resolved = open_recipe(recipe, Silent()).recipe
    for run in find_runs(out):
        folder = RunFolder.open(run.path)
        if read_recipe(folder.recipe, {}).model_copy(update={"export": recipe.export}) == resolved:
            return run if folder.result.exists() else resume(run.path)
    return None


def curve_of(run: Run) -> Curve:
    """Return the learning curve of a finished run: all its phases, or the best phase of ``from-scratch``.

    The curve begins after the steps in which the run measured its possible initial policies.
    The best phase has the largest area under the curve, among phases with the best validation return within noise: if
    several reach the highest return, comparing with the slowest one would make transfer look too good.

    Raises:
        DataError: If no episode ended in the whole run.
    """
    results = [event for event in _lines(run.path / "journal.jsonl") if event["event"] == "result"]
    curves = [_points(run, int(event["position"])) for event in results]
    if run.result["strategy"] == "from-scratch":
        best = max(results, key=lambda event: float(event["result"]["score"]))["result"]
        even = [curve for curve, event in zip(curves, results, strict=True) if not _worse(event["result"], best)]
        found = max(even, key=lambda curve: _area(curve, run))
    else:
        measured = int((run.result.get("initial_weights") or {}).get("steps", 0))
        before = np.cumsum([measured, *(int(event["result"]["units"]) for event in results)])
        found = [(int(begin) + at, mean) for begin, curve in zip(before, curves, strict=False) for at, mean in curve]
    if not found:
        raise DataError(f"{run.path}: no episode ended", "raise the budget, or lower ?max_steps")
    steps, returns = zip(*found, strict=True)
    return Curve(steps, returns)


def _points(run: Run, position: int) -> list[tuple[int, float]]:
    """Return steps and returns of a phase, for segments with a finished episode."""
    own = [line for line in _lines(run.path / "metrics.jsonl") if line["position"] == position]
    return [(int(line["steps"]), float(line["return"])) for line in own if "return" in line]


def _worse(result: Mapping[str, Any], best: Mapping[str, Any]) -> bool:
    return float(best["score"]) - float(result["score"]) > math.hypot(float(best["noise"]), float(result["noise"]))


def _area(curve: Sequence[tuple[int, float]], run: Run) -> float:
    if not curve:
        return -math.inf
    points = np.linspace(0, max(int(phase["steps"]) for phase in run.result["phases"]), _POINTS)
    return float(Curve(*zip(*curve, strict=True)).at(points).mean())


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _choice(named: Mapping[str, Any]) -> dict[str, Any]:
    """Return name and options in the form of recipes."""
    return {"name": named["name"], "options": {key: value for key, value in named.items() if key != "name"}}
