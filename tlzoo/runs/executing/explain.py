"""The plan of a recipe, without training."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import TlzooError, TrainingError
from tlzoo.process.memory import memory_limit
from tlzoo.progress import Progress, Silent
from tlzoo.runs.executing.budget import BudgetShares, Spent
from tlzoo.runs.executing.strategy_errors import report_strategy_errors
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.opening.open_recipe import Opened, open_recipe
from tlzoo.runs.opening.setup import make_setup
from tlzoo.runs.recipe import Recipe
from tlzoo.strategies import Answer, Closeness, Phase, PhaseResult, Probe, everything
from tlzoo.training import BatchCallbackError, BatchSizeError, MemoryLimitError, refuse_beyond_limit, wants_batches

if TYPE_CHECKING:
    from tlzoo.strategies import Job
    from tlzoo.training import Plan, Trainer

__all__ = ["explain", "refuse_before_training"]

_MOST_SIMULATED = 50


def explain(recipe: Recipe, *, progress: Progress | None = None) -> dict[str, Any]:
    """Return the phases of a recipe with their plans. The first one is exact; later ones are assumed.

    Later phases may depend on results, which do not exist yet. ``explain`` assumes that each phase scores slightly
    better than the previous one, that every learning rate the strategy asks for is 0.001, and that the last stage has
    the largest relative gradient. Times in seconds are estimated from short measurements of reading and of the forward
    pass on this machine.

    Args:
        recipe: The recipe.
        progress: Receives progress and notes.

    Returns:
        The output of ``tlzoo train --explain --json``.

    Raises:
        TrainingError: If the strategy has no phase.
    """
    progress, limit = progress or Silent(), memory_limit()
    with usable_cache(progress):
        opened = open_recipe(recipe, progress)
        trainer = opened.trainer
        state = trainer.prepare(make_setup(opened, Path(os.devnull), progress))
        initial = trainer.initial_weights(state)
        phases, told = _simulate(opened, trainer, state)
    if not phases:
        raise TrainingError(f"strategy {opened.recipe.strategy.name!r} has no phase", "yield one")
    return {
        "backbone": opened.entry.id,
        "strategy": opened.recipe.strategy.name,
        "augment": opened.recipe.augment.model_dump(mode="json"),
        "unit": trainer.unit,
        "memory": {"limit_bytes": limit.bytes, "source": limit.source},
        "initial_weights": None if initial is None else dict(initial),
        "told": told if initial is None else [str(initial["note"]), *told],
        "phases": phases,
    }


def _simulate(opened: Opened, trainer: Trainer, state: Any) -> tuple[list[dict[str, Any]], list[str]]:
    job = trainer.job(state)
    told: list[str] = []
    job = replace(
        job,
        probe=partial(_suppose, trainer, state),
        tell=told.append,
        seconds=opened.recipe.seconds,
    )
    phases: list[dict[str, Any]] = []
    for phase, plan in _planned(opened, trainer, state, job):
        if plan is None:
            told.append(BudgetShares.of(job).left_out(phase))
        else:
            phases.append(_describe(phase, plan, trainer.estimate(state, plan), simulated=bool(phases)))
    return phases, told


def _planned(opened: Opened, trainer: Trainer, state: Any, job: Job) -> Iterator[tuple[Phase, Plan | None]]:
    """Yield the assumed phases with the plans that a run would make; None for a skipped phase."""
    shares = BudgetShares.of(job)
    spent: dict[str | None, Spent] = {}
    generator = report_strategy_errors(opened.strategy).phases(job)
    reply: PhaseResult | None = None
    trained = 0
    for _ in range(_MOST_SIMULATED):
        try:
            phase = next(generator) if reply is None else generator.send(reply)
        except StopIteration:
            return
        before = spent.get(phase.start, Spent())
        try:
            plan = shares.plan(trainer, state, phase, before)
        except TlzooError as error:
            with suppress(StopIteration):
                generator.throw(error)  # what a strategy does after catching it is unknown
            return
        spent[None] = shares.after(phase, plan, before)  # the start of a phase without one
        yield phase, plan
        if plan is None:
            spent[phase.start] = spent[None]
            assert reply is not None  # the first phase is always planned
            reply = replace(reply, phase=phase.name, stopped="left out", units=0)
            continue
        trained += 1
        score = 0.5 + trained / (2 * _MOST_SIMULATED) if opened.sizes.get("validation") else math.nan
        reply = PhaseResult(phase.name, score, 0.0, {}, f"phase-{trained:02d}", "budget", plan.units, 0.0)
        spent[reply.checkpoint] = spent[None]


def refuse_before_training(opened: Opened, trainer: Trainer, state: Any, callbacks: Sequence[Any] = ()) -> None:
    """Raise an error if a phase of the simulated run has a batch that cannot be trained.

    The error is MemoryLimitError for a batch above the memory limit, BatchSizeError for one sample with BatchNorm, and
    BatchCallbackError if a callback needs batches that the phase does not have. Nothing is simulated if training the
    whole network with the run's batch size would fit and no callback needs batches. Phases that cannot be planned
    before training are checked later, at planning.
    """
    if not any(map(wants_batches, callbacks)) and _everything_fits(trainer, state):
        return
    job = trainer.job(state)
    job = replace(job, probe=partial(_suppose_for_memory, trainer, state), seconds=opened.recipe.seconds)
    try:
        for phase, plan in _planned(opened, trainer, state, job):
            if plan is not None:
                refuse_beyond_limit(plan, phase.name, str(memory_limit()))
    except (BatchCallbackError, BatchSizeError, MemoryLimitError):
        raise
    except TlzooError:
        return


def _everything_fits(trainer: Trainer, state: Any) -> bool:
    with suppress(TlzooError):
        whole = trainer.plan(state, Phase(name="everything", train=everything(), rates=1e-3))
        return whole.largest_batch is None or whole.largest_batch >= whole.batch_size
    return False


def _suppose_for_memory(trainer: Trainer, state: Any, probe: Probe) -> Answer:
    """Answer as in ``explain``, without reading the data for their distance to the source data."""
    return Answer({}) if isinstance(probe, Closeness) else _suppose(trainer, state, probe)


def _suppose(trainer: Trainer, state: Any, probe: Probe) -> Answer:
    """Answer from the initial weights; there are no checkpoints, as no phase was trained."""
    return probe.model_copy(update={"start": None}).suppose(trainer, state)


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
        "peak_bytes": plan.peak_bytes,
        "largest_batch": plan.largest_batch,
        "seconds": seconds,
        "reason": plan.reason,
    }
