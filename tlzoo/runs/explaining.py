"""What a recipe would do, without doing it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from tlzoo.progress import Progress, Silent
from tlzoo.runs.opening import open_recipe
from tlzoo.runs.recipe import Recipe
from tlzoo.runs.training import make_trainer
from tlzoo.strategies import PhaseResult

__all__ = ["explain"]

_MOST_SIMULATED = 50


def explain(recipe: Recipe, *, progress: Progress | None = None) -> dict[str, Any]:
    """Return the phases with their plans. The first is what a run would do; later ones are simulated.

    A strategy may look at results before it goes on, and there are none yet: the simulation tells it that each phase scored
    a little better than the one before.
    """
    opened = open_recipe(recipe, progress or Silent())
    trainer = make_trainer(opened)
    state = trainer.prepare(opened.setup(Path(), progress or Silent()))
    generator = opened.strategy.phases(trainer.job(state))
    phases: list[dict[str, Any]] = []
    examples = len(opened.data.train)
    try:
        phase = next(generator)
        while len(phases) < _MOST_SIMULATED:
            plan = trainer.plan(state, phase)
            saved = 0 if plan.mode == "live" else max(0, (plan.units - 1) * examples)
            phases.append(
                {
                    "name": phase.name,
                    "simulated": bool(phases),
                    "trains": str(phase.train),
                    "trained": plan.trained,
                    "units": plan.units,
                    "mode": plan.mode,
                    "cut": plan.cut,
                    "cache_bytes": plan.cache_bytes,
                    "forward_passes_saved": saved,
                    "reason": plan.reason,
                }
            )
            score = math.nan if not len(opened.data.validation) else 0.5 + len(phases) / (2 * _MOST_SIMULATED)
            phase = generator.send(
                PhaseResult(phase.name, score, 0.0, {}, f"phase-{len(phases):02d}", "budget", plan.units, 0.0)
            )
    except StopIteration:
        pass
    return {
        "backbone": opened.entry.id,
        "strategy": opened.recipe.strategy.name,
        "unit": trainer.unit,
        "phases": phases,
    }
