"""Division of the run's budget among the phases of its strategy."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError
from tlzoo.strategies import Phase, Share

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.strategies import Job
    from tlzoo.training import Plan, Trainer

__all__ = ["BudgetShares", "Spent", "epochs_of_steps"]

_ABOVE = 1e-6
"""Tolerance added to whole units, so that they stay whole after a trainer multiplies and truncates them."""


def epochs_of_steps(steps: int, epoch: int, progress: Progress) -> int:
    """Return a budget in steps as whole epochs of ``epoch`` steps each, with a note on the rounding.

    Raises UsageError if the steps are less than one epoch.
    """
    if steps < epoch:
        raise UsageError(f"--steps {steps:,} is less than one epoch of {epoch:,} steps", f"use --steps {epoch} or more")
    epochs = round(steps / epoch)
    if steps % epoch:
        progress.note(f"--steps {steps:,} is rounded to {epochs} epochs of {epoch:,} steps")
    return epochs


@dataclass(frozen=True, slots=True)
class Spent:
    """Budget spent up to a checkpoint: shares trained, shares solved in closed form, and units."""

    trained: float = 0.0
    solved: float = 0.0
    units: int = 0


@dataclass(frozen=True, slots=True)
class BudgetShares:
    """Divides a budget of whole units by the shares that phases ask for.

    A phase ends where its rounded cumulative share ends, and gets the units since the end of the previous phase.
    So each phase gets its share rounded up or down, and all phases together get the whole budget. A phase that is
    solved directly uses no units; the other phases divide the rest.
    """

    budget: int
    unit: str
    least: int = 1

    @classmethod
    def of(cls, job: Job) -> BudgetShares:
        """Return the shares of a job's budget."""
        return cls(job.budget, job.unit, job.least)

    def plan(self, trainer: Trainer, state: Any, phase: Phase, before: Spent) -> Plan | None:
        """Return the trainer's plan for a phase, or None if its share is too small to train.

        The first phase is always planned, with at least the smallest number of units that the trainer accepts.
        """
        if not isinstance(phase.budget, Share):
            return trainer.plan(state, phase)
        units, whole = self.units(phase.budget, before), self._whole(phase.budget)
        amount = min(max(1, units, self.least), whole)
        share = Share(min(1.0, (amount + _ABOVE) / self.budget))
        plan = trainer.plan(state, phase.model_copy(update={"budget": share}))
        return plan if units >= self.least or before == Spent() or plan.solver != "gradient" else None

    def units(self, share: Share, before: Spent) -> int:
        """Return the units of a share after the spent budget; halves are rounded down in favour of later phases."""
        left = 1 - before.solved
        end = self._whole(share) * (before.trained + share.amount) / (left if left > 0 else 1)
        return math.ceil(end - 0.5 - 1e-9) - before.units

    def after(self, phase: Phase, plan: Plan | None, before: Spent) -> Spent:
        """Return the spent budget after a phase; without a plan, the phase was skipped."""
        if not isinstance(phase.budget, Share):
            return before
        share = phase.budget.amount
        if plan is not None and plan.solver != "gradient":
            return replace(before, solved=before.solved + share)
        units = 0 if plan is None else plan.units
        return replace(before, trained=before.trained + share, units=before.units + units)

    def left_out(self, phase: Phase) -> str:
        """Return the note on a skipped phase."""
        budget = self._whole(phase.budget) if isinstance(phase.budget, Share) else self.budget
        return f"phase {phase.name!r} skipped: --{self.unit} {budget} is too small for all phases; increase it"

    def _whole(self, share: Share) -> int:
        return self.budget if share.of is None else share.of
