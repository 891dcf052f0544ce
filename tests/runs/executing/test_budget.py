"""How a run's budget is divided among phases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tlzoo.errors import TrainingError, UsageError
from tlzoo.progress import Silent
from tlzoo.runs.executing import driver, explain
from tlzoo.runs.executing.budget import BudgetShares, Spent, epochs_of_steps
from tlzoo.runs.executing.driver import drive
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.strategies import (
    DomainAdaptation,
    FeatureExtraction,
    FineTune,
    FromScratch,
    GradualUnfreezing,
    LinearProbeThenFineTune,
    MultiStep,
    Phase,
    PhaseResult,
    Phases,
    ProgressiveResizing,
    Share,
    Strategy,
    Surgical,
    head,
)
from tlzoo.testing.tiny import tiny_setup
from tlzoo.training import Plan, SupervisedTrainer

SOLVED = Plan("cached features", None, 15, 1, 0, 1, "solved", solver="lbfgs")


class Recording(Silent):
    """Keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Keep it."""
        self.notes.append(text)


class Planned:
    """A trainer that plans the units that it is asked for, in multiples of ``least``."""

    def __init__(self, budget: int, least: int) -> None:
        self.budget, self.least = budget, least

    def plan(self, state: Any, phase: Phase) -> Plan:
        assert isinstance(phase.budget, Share)
        return Plan("live", None, int(phase.budget.amount * self.budget) // self.least * self.least, 1, 0, 1, "planned")


def units(budget: int, shares: list[float], *, solved: bool = False, least: int = 1) -> list[int | None]:
    """Return the units of phases in a chain; with ``solved``, the first of them is solved and takes none."""
    divided = BudgetShares(budget, "epochs" if least == 1 else "steps", least)
    spent, found = Spent(), []
    for number, share in enumerate(shares):
        phase = Phase(name=str(number), train=head(), budget=Share(share))
        if solved and not number:
            spent = divided.after(phase, SOLVED, spent)
            continue
        plan = divided.plan(Planned(budget, least), None, phase, spent)  # type: ignore[arg-type]
        spent = divided.after(phase, plan, spent)
        found.append(None if plan is None else plan.units)
    return found


@pytest.mark.parametrize(
    ("budget", "expected"),
    [(6, [3, 3]), (7, [3, 4]), (20, [10, 10]), (2, [1, 1]), (1, [None, 1])],
)
def test_a_solved_phase_takes_no_units_of_the_others(budget: int, expected: list[int | None]) -> None:
    assert units(budget, [0.5, 0.25, 0.25], solved=True) == expected


@pytest.mark.parametrize(
    ("budget", "expected"),
    [(6, [3, 1, 2]), (3, [1, 1, 1]), (4, [2, 1, 1]), (2, [1, None, 1]), (1, [1, None, None]), (20, [10, 5, 5])],
)
def test_a_small_budget_leaves_phases_out(budget: int, expected: list[int | None]) -> None:
    assert units(budget, [0.5, 0.25, 0.25]) == expected


@pytest.mark.parametrize("budget", range(1, 40))
@pytest.mark.parametrize("shares", [[0.5, 0.25, 0.25], [0.3, 0.7], [0.3, 0.5 / 3, 0.5 / 3, 0.5 / 3, 0.2], [0.1] * 10])
def test_phases_get_the_whole_budget(budget: int, shares: list[float]) -> None:
    found = units(budget, shares)
    assert sum(each or 0 for each in found) == budget
    assert all(
        each is None or abs(each - budget * share) < 1 for each, share in zip(found[1:], shares[1:], strict=True)
    )


def test_units_that_a_trainer_cannot_take_pass_to_later_phases() -> None:
    assert units(15_000, [0.5, 0.25, 0.25], least=1024) == [7168, 3072, 4096]
    assert units(2048, [0.5, 0.25, 0.25], least=1024) == [1024, None, 1024]


def test_shares_of_more_than_the_budget_are_each_taken_whole() -> None:
    assert units(10, [1.0, 1.0, 1.0]) == [10, 10, 10]


def ran(strategy: Strategy, budget: int, folder: Path, **changes: Any) -> tuple[list[tuple[str, str, int]], list[str]]:
    """Return name, solver and units of the phases that a real run of a small network trains, and the notes."""
    trainer, told = SupervisedTrainer(), list[str]()
    state = trainer.prepare(replace(tiny_setup(folder / "checkpoints"), budget=budget, **changes))
    journal, metrics = Journal(folder / "journal.jsonl"), MetricsFile(folder / "metrics.jsonl")
    outcome = drive(trainer, state, strategy, journal, metrics, told.append)
    return [(done.phase.name, done.plan.solver, done.plan.units) for done in outcome.phases], told


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let phases end at once, with the units of their plan."""

    def run(self: Any, state: Any, phase: Phase, position: int, plan: Plan, record: Any) -> PhaseResult:
        name = f"phase-{position:02d}"
        state.checkpoints.save(name)
        return PhaseResult(phase.name, 0.5 + position / 100, 0.01, {}, name, "budget", plan.units, 0.0)

    monkeypatch.setattr(SupervisedTrainer, "run", run)


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    ("strategy", "whole"),
    [
        (MultiStep(), 1),
        (MultiStep(solver="gradient"), 1),
        (FineTune(), 1),
        (FineTune(solver="gradient"), 1),
        (GradualUnfreezing(), 1),
        (LinearProbeThenFineTune(), 1),
        (Surgical(stage="top"), 1),
        (ProgressiveResizing(), 1),
        (FeatureExtraction(solver="gradient"), 1),
        (FromScratch(), 3),
        (DomainAdaptation(), None),
    ],
)
@pytest.mark.parametrize("budget", [6, 7])
def test_every_strategy_trains_for_its_whole_budget(
    strategy: Strategy, whole: int | None, budget: int, tmp_path: Path
) -> None:
    phases, _ = ran(strategy, budget, tmp_path)
    trained = [count for _, solver, count in phases if solver == "gradient"]
    if whole is None:  # two branches from one head
        first, alone, adapted = trained
        assert first + alone == first + adapted == budget
    else:
        assert sum(trained) == whole * budget


@pytest.mark.usefixtures("no_training")
def test_a_skipped_phase_is_reported_and_skipped_in_a_replay(tmp_path: Path) -> None:
    once = ran(MultiStep(), 1, tmp_path)
    assert once[0] == [("head", "lbfgs", 200), ("everything", "gradient", 1)]
    assert once[1] == ["phase 'top' skipped: --epochs 1 is too small for all phases; increase it"]
    assert ran(MultiStep(), 1, tmp_path) == once


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    ("strategy", "budget"), [(MultiStep(), 1), (MultiStep(), 6), (MultiStep(solver="gradient"), 7)]
)
def test_memory_is_checked_for_the_phases_that_a_run_trains_and_no_others(
    strategy: Strategy, budget: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[tuple[str, str, int]] = []
    planned = SupervisedTrainer.plan

    def check(plan: Plan, name: str, limit: str) -> None:
        checked.append((name, plan.solver, plan.units))

    def too_large(self: Any, state: Any, phase: Phase) -> Plan:
        return replace(planned(self, state, phase), largest_batch=0)

    monkeypatch.setattr(explain, "refuse_beyond_limit", check)
    monkeypatch.setattr(driver, "refuse_beyond_limit", lambda *_: None)
    monkeypatch.setattr(SupervisedTrainer, "plan", too_large)
    trainer = SupervisedTrainer()
    state = trainer.prepare(replace(tiny_setup(tmp_path / "before"), budget=budget))
    opened = SimpleNamespace(strategy=strategy, recipe=SimpleNamespace(seconds=None), sizes={"validation": 1})
    explain.refuse_before_training(opened, trainer, state)  # type: ignore[arg-type]
    assert checked == ran(strategy, budget, tmp_path)[0]


@pytest.mark.usefixtures("no_training")
def test_a_strategy_that_waits_for_the_result_of_a_skipped_phase_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "MOST_PHASES", 20)

    class Waiting(Strategy):
        def phases(self, job: Any) -> Phases:
            result = yield Phase(name="first", train=head(), budget=Share(1.0))
            while result.score < 0.9:
                result = yield Phase(name="more", train=head(), budget=Share(1e-4))
            return None

    with pytest.raises(TrainingError, match="more than 20 phases"):
        ran(Waiting(), 1, tmp_path)


def test_steps_are_rounded_to_whole_epochs_and_less_than_one_is_refused() -> None:
    progress = Recording()
    assert [epochs_of_steps(steps, 100, progress) for steps in (100, 140, 260)] == [1, 1, 3]
    assert progress.notes == [
        "--steps 140 is rounded to 1 epochs of 100 steps",
        "--steps 260 is rounded to 3 epochs of 100 steps",
    ]
    with pytest.raises(UsageError, match="--steps 99 is less than one epoch of 100 steps; use --steps 100 or more"):
        epochs_of_steps(99, 100, progress)


def test_domain_adaptation_is_refused_where_nothing_would_be_adapted(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--epochs 1 is too small for both; use --epochs 2 or more"):
        ran(DomainAdaptation(), 1, tmp_path)
