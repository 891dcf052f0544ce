"""The checks of trainers: the core's passes, and each fault fails at the check that names it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from tlzoo.errors import UsageError
from tlzoo.evaluation import ReportImage
from tlzoo.testing import TRAINER_CHECKS, Session, TrainerChecks, TrainerSubject
from tlzoo.training import SupervisedTrainer

calls = itertools.count(1)
ANSWERS = {"refuses-other-data", "refuses-fields-of-recipes", "answers-inputs", "writes-videos", "gives-report-images"}


class TestSupervised(TrainerChecks):
    trainer = SupervisedTrainer


class Credulous(SupervisedTrainer):
    def check_data(self, data, head):
        pass


class Fussy(SupervisedTrainer):
    unused_fields: ClassVar[dict[str, str]] = {"colour": "has none"}


class Moody(SupervisedTrainer):
    def plan(self, state, phase):
        return replace(super().plan(state, phase), reason=f"call {next(calls)}")


class Nameless(SupervisedTrainer):
    def serving_model(self, state):
        return replace(super().serving_model(state), classes=("one",))


class Idle(SupervisedTrainer):
    def run(self, *arguments):
        return replace(super().run(*arguments), audited={})


class Seedless(SupervisedTrainer):
    def prepare(self, setup):
        return super().prepare(replace(setup, seed=next(calls)))


class Answering(SupervisedTrainer):
    """What each number is doubled, drawn as a GIF of nothing."""

    def predict(self, state, inputs):
        if not all(isinstance(each, int) for each in inputs):
            raise UsageError("not a number")
        return [{"input": each, "double": 2 * each} for each in inputs]

    def write_video(self, state, given, path):
        if path.suffix != ".gif":
            raise UsageError(f"{path} is not a GIF")
        path.write_bytes(b"GIF89a")
        return self.predict(state, [given])[0]

    def report_images(self, state, folder):
        return [ReportImage("Doubles", "A GIF of nothing", b"GIF89a")]


class Silent(Answering):
    def predict(self, state, inputs):
        return [{"input": each} for each in inputs]


class Blank(Answering):
    def write_video(self, state, given, path):
        return super().write_video(state, given, path.with_name("elsewhere.gif"))


class Untitled(Answering):
    def report_images(self, state, folder):
        return [ReportImage("", "A GIF of nothing", b"GIF89a")]


class TestAnswering(TrainerChecks):
    trainer = Answering
    inputs = (1, 2)


class Forgetful(SupervisedTrainer):
    """It draws otherwise where it goes on in a folder that it had before."""

    known: ClassVar[set[Path]] = set()

    def prepare(self, setup):
        again = setup.checkpoints in self.known
        self.known.add(setup.checkpoints)
        return super().prepare(replace(setup, seed=1) if again else setup)


@pytest.mark.parametrize(
    ("trainer", "fault"),
    [
        (Credulous, "refuses-other-data"),
        (Fussy, "refuses-fields-of-recipes"),
        (Silent, "answers-inputs"),
        (Blank, "writes-videos"),
        (Untitled, "gives-report-images"),
        (Moody, "plans-the-same"),
        (Nameless, "gives-its-model"),
        (Idle, "audits"),
        (Seedless, "runs-alike-twice"),
        (Forgetful, "resumes-to-the-same"),
    ],
)
def test_each_faulty_trainer_fails_at_its_check(trainer, fault: str) -> None:
    named = [each for each in TRAINER_CHECKS if each.name == fault]
    needed = TRAINER_CHECKS if fault not in ANSWERS else named
    report = Session(TrainerSubject(trainer, inputs=(1, 2))).report(needed)
    assert [result.name for result in report.results if result.outcome == "failed"] == [fault]


def test_a_class_without_a_trainer_is_reported() -> None:
    class TestNothing(TrainerChecks):
        pass

    with pytest.raises(TypeError, match="add trainer = SupervisedTrainer"):
        TestNothing.subject()
