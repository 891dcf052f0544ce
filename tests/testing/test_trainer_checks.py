"""The checks of trainers: the core's passes, and each fault fails at the check that names it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tlzoo.testing import TRAINER_CHECKS, Session, TrainerChecks, TrainerSubject
from tlzoo.training import SupervisedTrainer

calls = itertools.count(1)


class TestSupervised(TrainerChecks):
    trainer = SupervisedTrainer


class Faulty:
    """The core's trainer, of which a fault changes one method."""

    unit = "epochs"

    def __init__(self) -> None:
        self._sound = SupervisedTrainer()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sound, name)


class Moody(Faulty):
    def plan(self, state, phase):
        return replace(self._sound.plan(state, phase), reason=f"call {next(calls)}")


class Nameless(Faulty):
    def serving_model(self, state):
        return replace(self._sound.serving_model(state), classes=("one",))


class Idle(Faulty):
    def run(self, *arguments):
        return replace(self._sound.run(*arguments), audited={})


class Seedless(Faulty):
    def prepare(self, setup):
        return self._sound.prepare(replace(setup, seed=next(calls)))


class Forgetful(Faulty):
    """It draws otherwise where it goes on in a folder that it had before."""

    known: ClassVar[set[Path]] = set()

    def prepare(self, setup):
        again = setup.checkpoints in self.known
        self.known.add(setup.checkpoints)
        return self._sound.prepare(replace(setup, seed=1) if again else setup)


@pytest.mark.parametrize(
    ("trainer", "fault"),
    [
        (Moody, "plans-the-same"),
        (Nameless, "gives-its-model"),
        (Idle, "audits"),
        (Seedless, "runs-alike-twice"),
        (Forgetful, "resumes-to-the-same"),
    ],
)
def test_each_faulty_trainer_fails_at_its_check(trainer, fault: str) -> None:
    report = Session(TrainerSubject(trainer)).report(TRAINER_CHECKS)
    assert [result.name for result in report.results if result.outcome == "failed"] == [fault]


def test_a_class_without_a_trainer_is_told() -> None:
    class TestNothing(TrainerChecks):
        pass

    with pytest.raises(TypeError, match="write trainer = SupervisedTrainer"):
        TestNothing.subject()
