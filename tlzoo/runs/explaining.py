"""What a recipe would do, without doing it."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import TlzooError, TrainingError
from tlzoo.progress import Progress, Silent
from tlzoo.runs.budget import BudgetShares, Spent
from tlzoo.runs.cache import usable_cache
from tlzoo.runs.opening import Opened, open_recipe
from tlzoo.runs.recipe import Recipe
from tlzoo.runs.watching import watch
from tlzoo.strategies import Answer, Closeness, Duration, GradientNorms, Parts, Phase, PhaseResult, Probe, RateRange

if TYPE_CHECKING:
    from tlzoo.training import Plan, Trainer

__all__ = ["explain"]

_MOST_SIMULATED = 50


def explain(recipe: Recipe, *, progress: Progress | None = None) -> dict[str, Any]:
    """Return the phases with their plans. The first is what a run would do; later ones are simulated.

    A strategy may look at results before it goes on, and there are none yet: the simulation tells it that each phase
    scored a little better than the one before, that every rate it asks for is 0.001, and that the loss pulls most at
    the last stage. ``seconds`` are estimated from short measurements of reading and of the forward pass on this
    machine.
    """
    progress = progress or Silent()
    with usable_cache(progress):
        opened = open_recipe(recipe, progress)
        trainer = opened.trainer()
        state = trainer.prepare(opened.setup(Path(os.devnull), progress))
        phases, told = _simulate(opened, trainer, state)
    if not phases:
        raise TrainingError(f"strategy {opened.recipe.strategy.name!r} has no phase", "yield one")
    return {
        "backbone": opened.entry.id,
        "strategy": opened.recipe.strategy.name,
        "augment": opened.recipe.augment.model_dump(mode="json"),
        "unit": trainer.unit,
        "told": told,
        "phases": phases,
    }


def _simulate(opened: Opened, trainer: Trainer, state: Any) -> tuple[list[dict[str, Any]], list[str]]:
    job = trainer.job(state)
    told: list[str] = []
    job = replace(
        job,
        probe=partial(_suppose, trainer, state, job.parts),
        tell=told.append,
        seconds=opened.recipe.seconds,
    )
    shares = BudgetShares.of(job)
    spent: dict[str | None, Spent] = {}
    generator = watch(opened.strategy).phases(job)
    phases: list[dict[str, Any]] = []
    reply: PhaseResult | None = None
    while len(phases) < _MOST_SIMULATED:
        try:
            phase = next(generator) if reply is None else generator.send(reply)
        except StopIteration:
            break
        try:
            before = spent.get(phase.start, Spent())
            plan = shares.plan(trainer, state, phase, before)
        except TlzooError as error:
            generator.throw(error)  # where the strategy catches it, what it does next is not known
            break
        spent[None] = shares.after(phase, plan, before)  # where a phase that names no start goes on
        if plan is None:
            told.append(shares.left_out(phase))
            spent[phase.start] = spent[None]
            assert reply is not None  # the first phase is always planned
            reply = replace(reply, phase=phase.name, stopped="left out", units=0)
            continue
        phases.append(_describe(phase, plan, trainer.estimate(state, plan), simulated=bool(phases)))
        score = 0.5 + len(phases) / (2 * _MOST_SIMULATED) if opened.sizes.get("validation") else math.nan
        reply = PhaseResult(phase.name, score, 0.0, {}, f"phase-{len(phases):02d}", "budget", plan.units, 0.0)
        spent[reply.checkpoint] = spent[None]
    return phases, told


def _suppose(trainer: Trainer, state: Any, parts: Parts, probe: Probe) -> Answer:
    """Answer as a run would what takes no training to know, and the rest by supposing."""
    match probe:
        case Closeness() | Duration():
            return trainer.probe(state, probe)
        case RateRange():
            return Answer({"suggested": 1e-3, "rates": [1e-3], "losses": [1.0]})
        case GradientNorms():
            return Answer({name: float(number) for number, name in enumerate(parts.stages)})


def _describe(phase: Phase, plan: Plan, seconds: float | None, *, simulated: bool) -> dict[str, Any]:
    return {
        "name": phase.name,
        "simulated": simulated,
        "trains": str(phase.train),
        "objective": None if phase.objective is None else phase.objective.model_dump(mode="json"),
        "trained": plan.trained,
        "units": plan.units,
        "batch_size": plan.batch_size,
        "image_size": plan.image_size,
        "mode": plan.mode,
        "solver": plan.solver,
        "engine": plan.engine,
        "cut": plan.cut,
        "views": plan.views,
        "cache_bytes": plan.cache_bytes,
        "beside": plan.beside,
        "forward_passes_saved": plan.forward_passes_saved,
        "seconds": seconds,
        "reason": plan.reason,
    }
