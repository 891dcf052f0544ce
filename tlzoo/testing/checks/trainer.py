"""Conformance checks of a trainer: one phase on a small setup, run twice, and once with an interruption.

``trainer_answers`` has the checks of finished runs.
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
    """Interrupts a phase from within, like a signal."""


@dataclass(slots=True)
class _Lines:
    """A record that stores its lines, and interrupts after a number of lines."""

    breaks_after: int | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)

    def append(self, **figures: Any) -> None:
        self.lines.append(figures)
        if len(self.lines) == self.breaks_after:
            raise _Interrupted


@final
class TrainerSubject:
    """A trainer, and a function that creates a small setup for it, with a folder for checkpoints.

    The setup's budget should be at least three units, and take seconds. ``inputs`` are a few inputs for ``predict``;
    for a trainer with videos, the first one is used for a video.
    """

    def __init__(
        self, trainer: type[Trainer], setup: Callable[[Path], Setup] = tiny_setup, inputs: Sequence[Any] = ()
    ) -> None:
        """Store the trainer's class; the default setup has the images used to check the core's trainer."""
        self._trainer, self._setup, self.inputs = trainer, setup, tuple(inputs)

    @property
    def title(self) -> str:
        """The class's name."""
        return self._trainer.__name__

    @cached_property
    def phase(self) -> Phase:
        """A phase that trains only the head, for the whole budget."""
        from tlzoo.strategies import Phase, head

        return Phase(name="head", train=head(), rates=1e-2)

    @cached_property
    def whole(self) -> tuple[PhaseResult, list[dict[str, Any]], str]:
        """Result, lines and weights of an uninterrupted phase."""
        return self.run()

    def run(self, breaks_after: int | None = None) -> tuple[PhaseResult, list[dict[str, Any]], str]:
        """Run the phase in a separate folder; with an interruption, run it again in the same folder, to its end."""
        with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as folder:
            checkpoints = Path(folder, "checkpoints")
            if breaks_after is not None:
                try:
                    self._go(checkpoints, _Lines(breaks_after))
                except _Interrupted:
                    pass
                else:
                    raise SkippedError(f"the phase ended before its record had {breaks_after} lines")
            return self._go(checkpoints, _Lines())

    def _go(self, checkpoints: Path, record: _Lines) -> tuple[PhaseResult, list[dict[str, Any]], str]:
        trainer = self._trainer()
        state = trainer.prepare(self._setup(checkpoints))
        result = trainer.run(state, self.phase, 1, trainer.plan(state, self.phase), record)
        answers = figures_of(trainer, state)
        expect(answers == figures_of(trainer, state), "two evaluations differ: evaluating changes the state")
        return result, record.lines, answers

    @contextmanager
    def prepared(self) -> Iterator[tuple[Trainer, Setup, Any, Path]]:
        """Yield a trainer, a setup, the state before the first phase, and an empty folder."""
        with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as folder:
            trainer, setup, out = self._trainer(), self._setup(Path(folder, "checkpoints")), Path(folder, "out")
            out.mkdir()
            yield trainer, setup, trainer.prepare(setup), out

    def exported(self) -> ServingModel | None:
        """Return the model of a new state, as exporters receive it."""
        with self.prepared() as (trainer, _, state, _):
            return trainer.serving_model(state)

    def planned(self) -> Any:
        """Return the plan of a new state."""
        with self.prepared() as (trainer, _, state, _):
            return trainer.plan(state, self.phase)


@check()
def plans_the_same(subject: TrainerSubject) -> None:
    """Check that planning has no side effects: two states of one setup give the same plan."""
    expect(subject.planned() == subject.planned(), "the same setup gives a different plan")


@check(plans_the_same)
def audits(subject: TrainerSubject) -> None:
    """Check that a phase ends within its plan, and reports which variables were trained."""
    result, _, _ = subject.whole
    expect(result.units <= subject.planned().units, "the phase was longer than its plan")
    expect(result.audited.get("trained", 0) > 0, "no variable is reported as trained")


@check()
def gives_its_model(subject: TrainerSubject) -> None:
    """Check that exporters get a network from preprocessed samples to an output per name."""
    model = subject.exported()
    if model is None:
        raise SkippedError("the trainer has no model to export")
    outputs, names = model.network.output_shape, model.classes
    expect(outputs == (None, len(names)), f"the network has outputs {outputs} for {len(names)} names")
    inputs, shape = model.network.input_shape, model.preprocessing.shape
    expect(inputs[1:] == shape, f"the network takes {inputs[1:]}, but the preprocessing returns {shape}")


@check(audits)
def answers_after_training(subject: TrainerSubject) -> None:
    """Check that the trained state can be evaluated on its test split."""
    figures = json.loads(subject.whole[2])
    expect(len(figures) > 1, "evaluating returned no metrics")


@check(audits)
def runs_alike_twice(subject: TrainerSubject) -> None:
    """Check that one setup, run twice, gives the same scores and predictions: all randomness comes from the seed."""
    first, second = subject.whole, subject.run()
    expect(repr(first[0].metrics) == repr(second[0].metrics), f"{first[0].metrics}, then {second[0].metrics}")
    expect(first[2] == second[2], f"different evaluation: {first[2]:.80}…, then {second[2]:.80}…")


@check(runs_alike_twice)
def resumes_to_the_same(subject: TrainerSubject) -> None:
    """Check that a phase interrupted after its second unit is resumed to the result of an uninterrupted one."""
    resumed = subject.run(breaks_after=2)
    whole = subject.whole
    expect(repr(resumed[0].metrics) == repr(whole[0].metrics), f"{resumed[0].metrics} instead of {whole[0].metrics}")
    expect(resumed[2] == whole[2], f"different evaluation: {resumed[2]:.80}… instead of {whole[2]:.80}…")


RUN_CHECKS: tuple[Check[TrainerSubject], ...] = (
    plans_the_same,
    gives_its_model,
    audits,
    answers_after_training,
    runs_alike_twice,
    resumes_to_the_same,
)


def figures_of(trainer: Trainer, state: Any) -> str:
    """Return the test metrics and predictions, if any, as text for comparison."""
    evaluation = trainer.evaluate(state, "test")
    answers = b"" if evaluation.answers is None else evaluation.answers.tobytes()
    return json.dumps(
        {"answers": hashlib.sha256(answers).hexdigest(), **evaluation.metrics.to_json()}, sort_keys=True, default=str
    )
