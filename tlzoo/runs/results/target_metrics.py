"""Metrics of each phase on the target: the source-only model compared with the adapted one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tlzoo.tasks.metrics import metrics_json

if TYPE_CHECKING:
    from tlzoo.runs.executing.driver import Done, Outcome
    from tlzoo.runs.opening.open_recipe import Opened
    from tlzoo.training import Trainer

__all__ = ["headline", "measure_target"]


def measure_target(opened: Opened, trainer: Trainer, state: Any, outcome: Outcome) -> dict[str, Any] | None:
    """Return ``target`` of ``tlzoo train --json``; None for a run without a target.

    ``phases`` has the metrics on the labelled test samples of the target after each phase, in order, except for phases
    that leave the head untrained; it is None if the target has no labels. Afterwards the final weights are loaded.
    """
    if opened.target is None:
        return None
    described: dict[str, Any] = {
        "data": opened.recipe.target,
        "unlabelled": len(opened.target.inputs.train),
        "test": None,
        "examples": 0,
        "phases": None,
    }
    if opened.target.test is None:
        return described
    rows = []
    for done in outcome.phases:
        if _leaves_head_untrained(done):
            continue
        trainer.restore(state, done.result.checkpoint)
        rows.append(
            {
                "name": done.phase.name,
                "kept": done.result.checkpoint == outcome.kept.checkpoint,
                "metrics": metrics_json(trainer.evaluate(state, "target").metrics),
            }
        )
    trainer.restore(state, outcome.kept.checkpoint)
    test = opened.target.test
    return described | {"test": test.source, "examples": len(test.test), "phases": rows}


def headline(metrics: Mapping[str, Any], task: str | None = None) -> dict[str, float]:
    """Return the metrics for a table of several models, by readable names.

    Args:
        metrics: Metrics of a result, as JSON.
        task: Kind of the task; None if unknown.

    Returns:
        Values by name; NaN for undefined ones.
    """
    from tlzoo.evaluation import headline as figures

    return {
        name.replace("_", " "): math.nan if value is None else value for name, value in figures(metrics, task).items()
    }


def _leaves_head_untrained(done: Done) -> bool:
    return done.phase.start == "initial" and not done.result.audited.get("trained")
