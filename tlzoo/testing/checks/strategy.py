"""Conformance checks of a strategy: its options, and its phases on a small real network."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from tlzoo.errors import RunError
from tlzoo.testing.outcome import expect
from tlzoo.testing.reference import ReferenceSubject
from tlzoo.testing.session import Check, check
from tlzoo.testing.tiny import tiny_setup

if TYPE_CHECKING:
    from tlzoo.runs.files.journal import Journal
    from tlzoo.strategies import Strategy

__all__ = [
    "STRATEGY_CHECKS",
    "StrategySubject",
    "options_have_defaults",
    "options_survive_json",
    "phases_run_to_the_end",
    "replays_from_its_journal",
    "runs_without_validation",
]


@dataclass(frozen=True, slots=True)
class Ran:
    """Journal of one run of the strategy, and the result of replaying it."""

    plans: tuple[dict[str, Any], ...]
    results: tuple[dict[str, Any], ...]
    failures: tuple[str, ...]
    kept: str
    replayed: str
    """What a replay kept, or why it failed; empty if there was none."""


@final
class StrategySubject(ReferenceSubject):
    """A strategy by its registered name, ``module:Class`` or ``./file.py:Class``."""

    @cached_property
    def strategy(self) -> Strategy:
        """The strategy with its default options."""
        from tlzoo.runs.opening.components import make_strategy

        return self._made(make_strategy)

    @cached_property
    def judged(self) -> Ran:
        """A run with a validation split."""
        return self._run(validation=True)

    @cached_property
    def unjudged(self) -> Ran:
        """A run without a validation split: every score is NaN."""
        return self._run(validation=False)

    def _run(self, *, validation: bool) -> Ran:
        from tlzoo.runs.executing.driver import drive
        from tlzoo.runs.files.journal import Journal, MetricsFile
        from tlzoo.training import SupervisedTrainer

        with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as folder:
            setup = tiny_setup(Path(folder, "checkpoints"), validation=validation)
            journal, metrics = Path(folder, "journal.jsonl"), Path(folder, "metrics.jsonl")

            def go() -> str:
                trainer = SupervisedTrainer()
                state = trainer.prepare(setup)
                outcome = drive(trainer, state, self.strategy, Journal(journal), MetricsFile(metrics), _ignore)
                return outcome.kept.checkpoint

            kept, written = go(), Journal(journal)
            try:
                replayed = go() if validation else ""
            except RunError as error:
                replayed = str(error)
        return Ran(_events(written, "plan"), _events(written, "result"), _failures(written), kept, replayed)


@check()
def options_have_defaults(subject: StrategySubject) -> None:
    """Check that the class is found and has defaults for all options."""
    _ = subject.strategy


@check(options_have_defaults)
def options_survive_json(subject: StrategySubject) -> None:
    """Check that its options, converted to JSON and back, give an equal strategy, as a recipe requires."""
    strategy = subject.strategy
    again = type(strategy).model_validate_json(strategy.model_dump_json())
    expect(again == strategy, f"{strategy!r} became {again!r}")


@check(options_have_defaults)
def phases_run_to_the_end(subject: StrategySubject) -> None:
    """Check that on a small network the strategy ends, and that every phase trains and freezes the right variables."""
    _expect_clean(subject.judged)


@check(phases_run_to_the_end)
def runs_without_validation(subject: StrategySubject) -> None:
    """Check that without validation (every score is NaN) it still runs to its end and keeps a result."""
    _expect_clean(subject.unjudged)


@check(phases_run_to_the_end)
def replays_from_its_journal(subject: StrategySubject) -> None:
    """Check that a run can be resumed: earlier results give the same phases and the same final result."""
    ran = subject.judged
    expect(ran.kept == ran.replayed, f"the run kept {ran.kept!r}; replayed: {ran.replayed}")


STRATEGY_CHECKS: tuple[Check[StrategySubject], ...] = (
    options_have_defaults,
    options_survive_json,
    phases_run_to_the_end,
    runs_without_validation,
    replays_from_its_journal,
)


def _expect_clean(ran: Ran) -> None:
    expect(not ran.failures, f"a phase failed: {'; '.join(ran.failures)}")
    for plan, each in zip(ran.plans, ran.results, strict=False):
        audited = each["result"]["audited"]
        statistics = audited.get("statistics", 0) if plan["phase"].get("objective") else 0  # AdaBN trains nothing
        expect(audited.get("trained", 0) + statistics, f"phase {plan['phase']['name']!r} trained nothing")


def _events(journal: Journal, kind: str) -> tuple[dict[str, Any], ...]:
    return tuple(event for event in journal.events if event["event"] == kind)


def _failures(journal: Journal) -> tuple[str, ...]:
    return tuple(event["error"] for event in _events(journal, "failed"))


def _ignore(_text: str) -> None:
    """Suppress run notes during checks."""
