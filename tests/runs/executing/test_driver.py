"""Strategies against a trainer that trains nothing: what the driver does with results."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tlzoo.errors import RunError, TrainingError
from tlzoo.runs.executing import driver
from tlzoo.runs.executing.driver import Outcome, drive
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.strategies import Job, Parts, Phase, PhaseResult, Phases, Strategy, head
from tlzoo.training import Plan


class Scripted:
    """A trainer whose phases have the scores that it is given; a score that is an error is raised."""

    unit = "epochs"
    initial: dict[str, Any] | None = None

    def __init__(self, scores: Sequence[float | Exception]) -> None:
        self.scores = scores
        self.ran: list[tuple[str, str | None]] = []
        self.restored: list[str] = []

    def job(self, state: Any) -> Job:
        parts = Parts(head=frozenset({"head/kernel"}), stages={})
        return Job(None, parts, "epochs", 3, 0, {"train": 8, "validation": 8, "test": 8}, 4)  # type: ignore[arg-type]

    def initial_weights(self, state: Any) -> dict[str, Any] | None:
        return self.initial

    def plan(self, state: Any, phase: Phase) -> Plan:
        return Plan("live", None, 1, 1, 0, 1, "scripted")

    def run(self, state: Any, phase: Phase, position: int, plan: Plan, record: Any) -> PhaseResult:
        self.ran.append((phase.name, phase.start))
        score = self.scores[position - 1]
        if isinstance(score, Exception):
            raise score
        return PhaseResult(phase.name, score, 0.01, {}, f"phase-{position:02d}", "budget", 1, 0.0)

    def restore(self, state: Any, checkpoint: str) -> None:
        self.restored.append(checkpoint)


class Plain(Strategy):
    name = "plain"
    phases_wanted: int = 3

    def phases(self, job: Any) -> Phases:
        for number in range(self.phases_wanted):
            yield Phase(name=f"p{number + 1}", train=head())
        return None


class Growing(Strategy):
    name = "growing"

    def phases(self, job: Any) -> Phases:
        for size in (16, 16, 32, None):
            yield Phase(name=f"{size}", train=head(), image_size=size)
        return None


class Careful(Strategy):
    name = "careful"

    def phases(self, job: Any) -> Phases:
        try:
            yield Phase(name="bold", train=head())
        except TrainingError:
            yield Phase(name="timid", train=head())
        return None


class Endless(Strategy):
    name = "endless"

    def phases(self, job: Any) -> Phases:
        while True:
            yield Phase(name="again", train=head())


class Talkative(Strategy):
    name = "talkative"

    def phases(self, job: Any) -> Phases:
        job.tell(f"there are {job.seconds} s")
        yield Phase(name="only", train=head())
        return None


@pytest.fixture
def go(tmp_path: Path) -> Callable[..., tuple[Outcome, list[str]]]:
    def go(trainer: Scripted, strategy: Strategy) -> tuple[Outcome, list[str]]:
        told: list[str] = []
        journal, metrics = Journal(tmp_path / "journal.jsonl"), MetricsFile(tmp_path / "metrics.jsonl")
        return drive(trainer, None, strategy, journal, metrics, told.append), told  # type: ignore[arg-type]

    return go


def test_a_phase_that_is_worse_by_more_than_noise_is_undone(go: Callable[..., Any]) -> None:
    trainer = Scripted([0.8, 0.9, 0.6])
    outcome, told = go(trainer, Plain())
    assert [done.result.stopped for done in outcome.phases] == ["budget", "budget", "undone"]
    assert trainer.restored == ["phase-02"]
    assert told == ["phase 'p3' undone: its score 0.600 is below 0.900 of phase 'p2' by more than the noise"]


def test_a_phase_after_an_undone_one_starts_from_the_best(go: Callable[..., Any]) -> None:
    trainer = Scripted([0.9, 0.5, 0.91])
    go(trainer, Plain())
    assert trainer.ran == [("p1", "initial"), ("p2", "phase-01"), ("p3", "phase-01")]


def test_an_undone_last_phase_leaves_the_best_and_not_the_phase_before(go: Callable[..., Any]) -> None:
    outcome, _ = go(Scripted([0.90, 0.895, 0.5]), Plain())
    assert [done.result.stopped for done in outcome.phases] == ["budget", "budget", "undone"]
    assert outcome.kept.checkpoint == "phase-01"


def test_scores_at_different_image_sizes_are_not_compared(go: Callable[..., Any]) -> None:
    trainer = Scripted([0.9, 0.8, 0.5, 0.4])
    outcome, _ = go(trainer, Growing())
    assert [done.result.stopped for done in outcome.phases] == ["budget", "undone", "budget", "budget"]
    assert outcome.kept.checkpoint == "phase-04"


def test_within_noise_the_later_phase_stays(go: Callable[..., Any]) -> None:
    trainer = Scripted([0.90, 0.895, 0.895])
    outcome, told = go(trainer, Plain())
    assert outcome.kept.checkpoint == "phase-03"
    assert not told


def test_without_validation_nothing_is_undone(go: Callable[..., Any]) -> None:
    outcome, told = go(Scripted([math.nan] * 3), Plain())
    assert (outcome.kept.checkpoint, told) == ("phase-03", [])


def test_notes_of_a_strategy_are_reported_and_in_the_journal_once(tmp_path: Path) -> None:
    for _ in range(2):
        told: list[str] = []
        journal, metrics = Journal(tmp_path / "journal.jsonl"), MetricsFile(tmp_path / "metrics.jsonl")
        drive(Scripted([0.9]), None, Talkative(), journal, metrics, told.append, seconds=30.0)  # type: ignore[arg-type]
        assert told == ["there are 30.0 s"]
    assert [event["text"] for event in journal.events if event["event"] == "told"] == ["there are 30.0 s"]


def test_the_choice_of_the_initial_weights_is_reported_and_in_the_journal_once(tmp_path: Path) -> None:
    for _ in range(2):
        told: list[str] = []
        trainer = Scripted([0.9])
        trainer.initial = {"chosen": "new", "note": "starting anew"}
        journal = Journal(tmp_path / "journal.jsonl")
        drive(trainer, None, Plain(phases_wanted=1), journal, MetricsFile(tmp_path / "metrics.jsonl"), told.append)  # type: ignore[arg-type]
        assert told == ["starting anew"]
    events = [event["event"] for event in journal.events]
    assert events[:3] == ["initial weights", "told", "plan"]
    assert events.count("initial weights") == events.count("told") == 1


def test_an_error_reaches_the_strategy_at_its_yield(go: Callable[..., Any]) -> None:
    trainer = Scripted([TrainingError("diverged"), 0.7])
    outcome, _ = go(trainer, Careful())
    assert [done.phase.name for done in outcome.phases] == ["timid"]


def test_an_error_that_the_strategy_does_not_catch_ends_the_run(go: Callable[..., Any]) -> None:
    with pytest.raises(TrainingError, match="diverged"):
        go(Scripted([TrainingError("diverged")]), Plain())


def test_a_replay_runs_nothing_again(go: Callable[..., Any]) -> None:
    go(Scripted([0.8, 0.9, 0.6]), Plain())
    again = Scripted([])
    outcome, _ = go(again, Plain())
    assert again.ran == []
    assert outcome.kept.checkpoint == "phase-02"


def test_a_replay_raises_the_error_of_a_failed_phase_again(go: Callable[..., Any]) -> None:
    go(Scripted([TrainingError("diverged"), 0.7]), Careful())
    again = Scripted([])
    outcome, _ = go(again, Careful())
    assert [done.phase.name for done in outcome.phases] == ["timid"]
    assert again.ran == []


def test_a_nondeterministic_strategy_is_reported(go: Callable[..., Any]) -> None:
    go(Scripted([0.8, 0.9, 0.6]), Plain())
    with pytest.raises(RunError, match="not deterministic: phase 1"):
        go(Scripted([]), Careful())


def test_a_strategy_that_never_ends_is_stopped(go: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "MOST_PHASES", 20)
    with pytest.raises(TrainingError, match="yielded more than 20 phases"):
        go(Scripted([0.5] * 21), Endless())


def test_a_strategy_without_a_phase_is_reported(go: Callable[..., Any]) -> None:
    with pytest.raises(TrainingError, match="'plain' yielded no phase"):
        go(Scripted([]), Plain(phases_wanted=0))
