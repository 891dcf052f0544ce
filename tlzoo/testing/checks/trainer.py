"""The checks of a trainer: one phase on a small setup, run twice, and once with an interruption.

``trainer_answers`` has those of what its runs can do after training.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from tlzoo.testing.outcome import SkippedError, expect
from tlzoo.testing.session import Check, check
from tlzoo.testing.tiny import tiny_setup

if TYPE_CHECKING:
    from tlzoo.export import ServingModel
    from tlzoo.strategies import Phase, PhaseResult
    from tlzoo.training import Setup, Trainer

__all__ = [
    "RUN_CHECKS",
    "TrainerSubject",
    "answers_after_training",
    "audits",
    "figures_of",
    "gives_its_model",
    "plans_the_same",
    "resumes_to_the_same",
    "runs_alike_twice",
]


class _Interrupted(BaseException):
    """Ends a phase from within, as a signal would."""


@dataclass(slots=True)
class _Lines:
    """A record that keeps what it is told, and breaks off after so many lines."""

    breaks_after: int | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)

    def append(self, **figures: Any) -> None:
        self.lines.append(figures)
        if len(self.lines) == self.breaks_after:
            raise _Interrupted


@final
class TrainerSubject:
    """A trainer, and a function that makes a small setup for it, with a folder for its checkpoints.

    The setup's budget should be of three units at least, and take seconds. ``inputs`` are a few that its ``predict``
    answers; of a trainer with videos, the first of them can be shown.
    """

    def __init__(
        self, trainer: type[Trainer], setup: Callable[[Path], Setup] = tiny_setup, inputs: Sequence[Any] = ()
    ) -> None:
        """Take the trainer's class; without a setup, the pictures that the core's trainer is checked on."""
        self._trainer, self._setup, self.inputs = trainer, setup, tuple(inputs)

    @property
    def title(self) -> str:
        """The class's name."""
        return self._trainer.__name__

    @cached_property
    def phase(self) -> Phase:
        """The head alone, for the whole budget."""
        from tlzoo.strategies import Phase, head

        return Phase(name="head", train=head(), rates=1e-2)

    @cached_property
    def whole(self) -> tuple[PhaseResult, list[dict[str, Any]], str]:
        """Result, lines and weights of a phase that was not interrupted."""
        return self.run()

    def run(self, breaks_after: int | None = None) -> tuple[PhaseResult, list[dict[str, Any]], str]:
        """Run the phase in a folder of its own; with an interruption, once more over the same folder, to its end."""
        with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as folder:
            checkpoints = Path(folder, "checkpoints")
            if breaks_after is not None:
                try:
                    self._go(checkpoints, _Lines(breaks_after))
                except _Interrupted:
                    pass
                else:
                    raise SkippedError(f"the phase is over before its record has {breaks_after} lines")
            return self._go(checkpoints, _Lines())

    def _go(self, checkpoints: Path, record: _Lines) -> tuple[PhaseResult, list[dict[str, Any]], str]:
        trainer = self._trainer()
        state = trainer.prepare(self._setup(checkpoints))
        result = trainer.run(state, self.phase, 1, trainer.plan(state, self.phase), record)
        answers = figures_of(trainer, state)
        expect(answers == figures_of(trainer, state), "evaluating twice gives two answers: it changes the state")
        return result, record.lines, answers

    @contextmanager
    def prepared(self) -> Iterator[tuple[Trainer, Setup, Any, Path]]:
        """Yield a trainer, a setup, the state before the first phase, and an empty folder."""
        with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as folder:
            trainer, setup, out = self._trainer(), self._setup(Path(folder, "checkpoints")), Path(folder, "out")
            out.mkdir()
            yield trainer, setup, trainer.prepare(setup), out

    def exported(self) -> ServingModel | None:
        """Return the model of a new state as exporters take it."""
        with self.prepared() as (trainer, _, state, _):
            return trainer.serving_model(state)

    def planned(self) -> Any:
        """Return the plan of a new state."""
        with self.prepared() as (trainer, _, state, _):
            return trainer.plan(state, self.phase)


@check()
def plans_the_same(subject: TrainerSubject) -> None:
    """Prove that planning runs nothing that changes the plan: two states of one setup plan a phase alike."""
    expect(subject.planned() == subject.planned(), "the same setup gives another plan")


@check(plans_the_same)
def audits(subject: TrainerSubject) -> None:
    """Prove that a phase ends within its plan, and says which variables trained."""
    result, _, _ = subject.whole
    expect(result.units <= subject.planned().units, "the phase was longer than its plan")
    expect(result.audited.get("trained", 0) > 0, "no variable is said to have trained")


@check()
def gives_its_model(subject: TrainerSubject) -> None:
    """Prove that exporters get a network with an output for each name, from samples as the preprocessing makes them."""
    model = subject.exported()
    if model is None:
        raise SkippedError("it has no model to export")
    outputs, names = model.network.output_shape, model.classes
    expect(outputs == (None, len(names)), f"the network's outputs are {outputs} for {len(names)} names")
    inputs, shape = model.network.input_shape, model.preprocessing.shape
    expect(inputs[1:] == shape, f"the network takes {inputs[1:]}, and the preprocessing gives {shape}")


@check(audits)
def answers_after_training(subject: TrainerSubject) -> None:
    """Prove that the trained state can be evaluated on its test split."""
    figures = json.loads(subject.whole[2])
    expect(len(figures) > 1, "evaluating gave no figures")


@check(audits)
def runs_alike_twice(subject: TrainerSubject) -> None:
    """Prove that one setup, run twice, gives the same scores and the same answers: every draw follows from the seed."""
    first, second = subject.whole, subject.run()
    expect(repr(first[0].metrics) == repr(second[0].metrics), f"{first[0].metrics}, then {second[0].metrics}")
    expect(first[2] == second[2], f"another evaluation: {first[2]:.80}…, then {second[2]:.80}…")


@check(runs_alike_twice)
def resumes_to_the_same(subject: TrainerSubject) -> None:
    """Prove that a phase which was interrupted after its second unit goes on to the result of one that was not."""
    resumed = subject.run(breaks_after=2)
    whole = subject.whole
    expect(repr(resumed[0].metrics) == repr(whole[0].metrics), f"{resumed[0].metrics} instead of {whole[0].metrics}")
    expect(resumed[2] == whole[2], f"another evaluation: {resumed[2]:.80}… instead of {whole[2]:.80}…")


RUN_CHECKS: tuple[Check[TrainerSubject], ...] = (
    plans_the_same,
    gives_its_model,
    audits,
    answers_after_training,
    runs_alike_twice,
    resumes_to_the_same,
)


def figures_of(trainer: Trainer, state: Any) -> str:
    """Return the figures on the test split, and its answers if there are any, as text that differs where they do."""
    evaluation = trainer.evaluate(state, "test")
    answers = b"" if evaluation.answers is None else evaluation.answers.tobytes()
    return json.dumps(
        {"answers": hashlib.sha256(answers).hexdigest(), **evaluation.metrics.to_json()}, sort_keys=True, default=str
    )
