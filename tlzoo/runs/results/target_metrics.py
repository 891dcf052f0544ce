"""What each phase of a run was worth on the target: the source-only model beside the adapted one."""

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
    """Return ``target`` of ``tlzoo train --json``: None of a run without one.

    ``phases`` has the metrics on the labelled test samples of the target after each phase, in order, without those
    after which the head is still untrained; None where nothing of the target has labels. The kept weights are in place
    afterwards.
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
    """Return the figures of a table of several models, by their names in words; NaN for one that is not defined."""
    from tlzoo.evaluation import headline as figures

    return {
        name.replace("_", " "): math.nan if value is None else value for name, value in figures(metrics, task).items()
    }


def _leaves_head_untrained(done: Done) -> bool:
    return done.phase.start == "initial" and not done.result.audited.get("trained")
