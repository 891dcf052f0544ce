"""Driver of a strategy: run its phases, return results to it, and record both in the journal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from tlzoo.errors import RunError, TlzooError, TrainingError
from tlzoo.process.memory import memory_limit
from tlzoo.runs.executing.budget import BudgetShares, Spent
from tlzoo.runs.executing.probe_answers import ProbeAnswers
from tlzoo.runs.files.hashes import checkpoint_hash
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.strategies import Phase, PhaseResult, Phases, Strategy
from tlzoo.training import Plan, Trainer, refuse_beyond_limit

__all__ = ["MOST_PHASES", "Done", "Outcome", "drive"]

MOST_PHASES = 1000
"""A strategy that yields more phases is stopped."""


@dataclass(frozen=True, slots=True)
class Done:
    """A finished phase with its plan and result."""

    phase: Phase
    plan: Plan
    result: PhaseResult


@dataclass(frozen=True, slots=True)
class Outcome:
    """The finished phases in order, and the result with the checkpoint that the run keeps."""

    phases: tuple[Done, ...]
    kept: PhaseResult


@dataclass(slots=True)
class _Results:
    """Results of the phases so far.

    ``current`` is the last result, or ``best`` if the last one was undone. The next phase starts there, and the run
    keeps it if the strategy returns None. ``best`` has the highest score of the results that were not undone since the
    last change of ``image_size``; new results are compared with it. ``spent`` is the budget up to each checkpoint;
    ``last`` is the budget up to the previous phase.
    """

    done: list[Done] = field(default_factory=list)
    current: PhaseResult | None = None
    best: PhaseResult | None = None
    image_size: int | None = None
    spent: dict[str, Spent] = field(default_factory=dict)
    last: Spent = field(default_factory=Spent)

    @property
    def checkpoint(self) -> str | None:
        """The checkpoint where the next phase starts; None before the first phase."""
        return None if self.current is None else self.current.checkpoint

    def spent_before(self, phase: Phase) -> Spent:
        """Return the budget spent before a phase: up to its start, or up to the previous phase in a chain."""
        return self.last if phase.start is None else self.spent.get(phase.start, Spent())

    def leave_out(self, phase: Phase, start: str) -> PhaseResult:
        """Return the result for a skipped phase: that of its start."""
        self.spent[start] = self.last
        reached = [each.result for each in self.done if each.result.checkpoint == start]
        return replace(reached[-1], phase=phase.name, stopped="left out", units=0, seconds=0.0)

    def take(self, result: PhaseResult, image_size: int | None, *, chained: bool) -> PhaseResult:
        """Accept a result, or mark it as undone if it is worse than the best at its image size by more than noise."""
        if image_size != self.image_size:  # scores at different image sizes are not comparable
            self.best, self.image_size = None, image_size
        if chained and self.best is not None and result.worse_than(self.best):
            self.current = self.best
            return replace(result, stopped="undone")
        self.current = result
        if self.best is None or not result.score < self.best.score:
            self.best = result
        return result


def drive(
    trainer: Trainer,
    state: Any,
    strategy: Strategy,
    journal: Journal,
    metrics: MetricsFile,
    tell: Callable[[str], None],
    *,
    seconds: float | None = None,
    checkpoints: Path | None = None,
) -> Outcome:
    """Run the phases of a strategy, replay phases in the journal, and load the final weights at the end.

    A phase without a start continues from the previous phase, or from the best one if the previous one was undone.
    ``seconds`` is the time limit of the run, for strategies that use it. With ``checkpoints``, the trainer's folder,
    the journal also records the hash of each phase's checkpoint. Raises RunError if a replayed strategy yields a
    different phase than in the journal, and TrainingError if it yields no phase or never ends.
    """
    name = strategy.name or type(strategy).__name__
    results = _Results()
    asking = ProbeAnswers(trainer, state, journal, lambda: results.checkpoint)
    telling = _Telling(journal, tell)
    _tell_initial_weights(trainer.initial_weights(state), journal, telling)
    job = replace(trainer.job(state), probe=asking, tell=telling, seconds=seconds)
    shares = BudgetShares.of(job)
    generator = strategy.phases(job)
    position = 0
    reply: PhaseResult | TlzooError | None = None
    for number in count(1):
        try:
            asked = _ask(generator, reply)
        except StopIteration as end:
            kept: PhaseResult | None = end.value or results.current
            break
        if number > MOST_PHASES:
            raise TrainingError(f"strategy {name!r} yielded more than {MOST_PHASES} phases", "make it end")
        start = asked.start or results.checkpoint or "initial"
        phase = asked.model_copy(update={"start": start})
        before = results.spent_before(asked)
        position += 1
        try:
            make = partial(shares.plan, before=before)
            plan = _plan(trainer, state, phase, position, journal, make, number)
            results.last = shares.after(phase, plan, before)
            if plan is None:
                telling(shares.left_out(phase))
                position -= 1
                reply = results.leave_out(phase, start)
                continue
            result = _run(trainer, state, phase, position, plan, journal, metrics, checkpoints)
        except RunError:
            raise
        except TlzooError as error:
            reply = error
            continue
        telling(*result.notes)
        result = results.take(result, phase.image_size, chained=asked.start is None)
        if result.stopped == "undone" and results.best is not None:
            tell(
                f"phase {phase.name!r} undone: its score {result.score:.3f} is below "
                f"{results.best.score:.3f} of phase {results.best.phase!r} by more than the noise"
            )
        results.spent[result.checkpoint] = results.last
        results.done.append(Done(phase, plan, result))
        reply = result
    if kept is None:
        raise TrainingError(f"strategy {name!r} yielded no phase")
    trainer.restore(state, kept.checkpoint)
    return Outcome(tuple(results.done), kept)


@dataclass(slots=True)
class _Telling:
    """Passes on the strategy's messages; the journal has each message once, even if the strategy is replayed."""

    journal: Journal
    tell: Callable[[str], None]
    told: int = 0

    def __call__(self, *texts: str) -> None:
        for text in texts:
            self.told += 1
            if self.journal.find("told", number=self.told) is None:
                self.journal.append("told", number=self.told, text=text)
            self.tell(text)


def _tell_initial_weights(initial: Mapping[str, Any] | None, journal: Journal, tell: Callable[[str], None]) -> None:
    """Record the choice of the weights before the first phase, if there was one."""
    if initial is not None:
        if journal.find("initial weights") is None:
            journal.append("initial weights", **initial)
        tell(str(initial["note"]))


def _ask(generator: Phases, reply: PhaseResult | TlzooError | None) -> Phase:
    """Send the last result to the strategy, or raise its error at the strategy's yield; return the next phase."""
    if isinstance(reply, TlzooError):
        return generator.throw(reply)
    return next(generator) if reply is None else generator.send(reply)


def _plan(
    trainer: Trainer,
    state: Any,
    phase: Phase,
    position: int,
    journal: Journal,
    make: Callable[[Trainer, Any, Phase], Plan | None],
    number: int,
) -> Plan | None:
    """Return the plan of this phase from the journal, or make and record one; None if the phase is skipped.

    ``number`` counts all phases that the strategy yielded, including skipped ones.
    """
    if journal.find("left out", number=number) is not None:
        return None
    digest = hashlib.sha256(phase.model_dump_json().encode()).hexdigest()
    known = journal.find("plan", position=position)
    if known is None:
        plan = make(trainer, state, phase)
        if plan is None:
            journal.append("left out", number=number, phase=phase.name)
        else:
            refuse_beyond_limit(plan, phase.name, str(memory_limit()))
            written = phase.model_dump(mode="json")
            journal.append("plan", position=position, digest=digest, phase=written, plan=asdict(plan))
        return plan
    if known["digest"] != digest:
        raise RunError(
            f"the strategy is not deterministic: phase {position} ({phase.name!r}) differs from the one in the journal",
            "a strategy must yield the same phases for the same job and results; train again",
        )
    plan = known["plan"]
    return Plan(**plan | {"observed": tuple(plan.get("observed", ()))})  # JSON has lists


def _run(
    trainer: Trainer,
    state: Any,
    phase: Phase,
    position: int,
    plan: Plan,
    journal: Journal,
    metrics: MetricsFile,
    checkpoints: Path | None,
) -> PhaseResult:
    known = journal.find("result", position=position)
    if known is not None:
        result = known["result"]
        return PhaseResult(**result | {"notes": tuple(result.get("notes", ()))})
    failed = journal.find("failed", position=position)
    if failed is not None:
        raise TrainingError(failed["error"])
    try:
        result = trainer.run(state, phase, position, plan, _Positioned(metrics, position))
    except TrainingError as error:
        journal.append("failed", position=position, error=str(error))
        raise
    hashed = checkpoint_hash(checkpoints, result.checkpoint)
    journal.append("result", position=position, result=asdict(result), **hashed)
    return result


@dataclass(frozen=True, slots=True)
class _Positioned:
    """Adds the position of the phase to every line of metrics."""

    metrics: MetricsFile
    position: int

    def append(self, **figures: Any) -> None:
        self.metrics.append(position=self.position, **figures)
