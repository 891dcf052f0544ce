"""Runs with and without transfer, one of each a seed, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tlzoo.errors import DataError
from tlzoo.progress import Progress, Silent
from tlzoo.runs import Run, read_recipe, train_recipe
from tlzoo_rl.transfer.measures import Curve, TransferReport, measure

__all__ = ["compare", "curve_of"]


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
    progress: Progress | None = None,
) -> TransferReport:
    """Train a backbone by a strategy and from scratch in an environment, with every seed, and return the report.

    ``from-scratch`` tries three learning rates, each with the whole budget of ``steps``; the best by its own validation
    is what transfer is compared with. ``progress`` is told of whole runs.
    """
    own = {"name": strategy} if isinstance(strategy, str) else dict(strategy)
    curves: dict[str, list[Curve]] = {"transfer": [], "scratch": []}
    with (progress or Silent()).track("comparing", 2 * len(seeds), "runs") as advance:
        for seed in seeds:
            for group, chosen in (("transfer", own), ("scratch", {"name": "from-scratch"})):
                values = {"data": data, "backbone": backbone, "steps": steps, "seed": seed}
                more = {"strategy": _choice(chosen)} | ({} if head is None else {"head": _choice(head)})
                curves[group].append(curve_of(train_recipe(read_recipe(None, values | more), out=out, export=False)))
                advance(1)
    return measure(curves["transfer"], curves["scratch"], steps, threshold)


def curve_of(run: Run) -> Curve:
    """Return the learning curve of a finished run: all its phases in a row, or of ``from-scratch`` the one it kept.

    Raises DataError where no episode ended in the whole run.
    """
    phases = run.result["phases"]
    alone = run.result["strategy"] == "from-scratch"
    steps: list[int] = []
    returns: list[float] = []
    before = 0
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text("utf-8").splitlines()]
    for position, phase in enumerate(phases, start=1):
        if alone and not phase["kept"]:
            continue
        for line in lines:
            if line["position"] == position and "return" in line:
                steps.append(before + int(line["steps"]))
                returns.append(float(line["return"]))
        before += int(phase["steps"])
    if not steps:
        raise DataError(f"{run.path}: no episode ended", "raise the budget, or lower ?max_steps")
    return Curve(tuple(steps), tuple(returns))


def _choice(named: Mapping[str, Any]) -> dict[str, Any]:
    """Return name and options as recipes take them over a default."""
    return {"name": named["name"], "options": {key: value for key, value in named.items() if key != "name"}}
