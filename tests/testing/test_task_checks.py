"""The checks of tasks: those of the core and of a sample pass, and each fault fails at the check that names it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from tlzoo.cli import main
from tlzoo.errors import DataError
from tlzoo.tasks import Classification, ClassificationMetrics, ReportSection
from tlzoo.tasks.classification import ClassificationCriterion
from tlzoo.tasks.metrics import Score
from tlzoo.testing import TASK_CHECKS, Report, Session, TaskChecks, TaskSubject, check_task

SAMPLES = Path(__file__).parents[1] / "samples"


class TestRegression(TaskChecks):
    task = "regression"


class Wrong(ClassificationCriterion):
    def loss(self, label_smoothing):
        usual = super().loss(label_smoothing)
        return lambda targets, outputs: -usual(targets, outputs)


class Flat(ClassificationCriterion):
    def loss(self, label_smoothing):
        usual = super().loss(label_smoothing)
        return lambda targets, outputs: usual(targets, 0 * outputs)[:1]


class Doubled(ClassificationCriterion):
    def answers(self, outputs):
        return 2 * super().answers(outputs)


class Certain(ClassificationCriterion):
    def score(self, labels, outputs):
        return super().score(labels, outputs)[0], -1.0


@dataclass(frozen=True, slots=True)
class Faulty(Classification):
    """Classification with one fault."""

    kind: ClassVar[str] = "faulty"
    made: ClassVar[type[ClassificationCriterion]] = ClassificationCriterion

    def criterion(self, labels, options, facts):
        return self.made(self.classes, self.class_counts(labels), options.balance)


@dataclass(frozen=True, slots=True)
class NoWords(Faulty):
    def show(self, label):
        return ""


@dataclass(frozen=True, slots=True)
class WrongOrder(Faulty):
    def reindexed(self, labels, names):
        return labels


@dataclass(frozen=True, slots=True)
class OtherNotation(Faulty):
    def converted(self, labels, names):
        return labels[::-1], tuple(names)


@dataclass(frozen=True, slots=True)
class NoSplits(Faulty):
    def check_splits(self, labels, splits, name):
        raise DataError(f"{name(int(splits['test'][0]))} is in the test split")


@dataclass(frozen=True, slots=True)
class KeepsOthers(Faulty):
    def kept_answers(self, labels, answers, metrics):
        return super(Faulty, self).kept_answers(labels, answers[::-1], metrics)


@dataclass(frozen=True, slots=True)
class Ascending(Faulty):
    made: ClassVar = Wrong


@dataclass(frozen=True, slots=True)
class FlatLoss(Faulty):
    made: ClassVar = Flat


@dataclass(frozen=True, slots=True)
class OtherAnswers(Faulty):
    made: ClassVar = Doubled


@dataclass(frozen=True, slots=True)
class NegativeError(Faulty):
    made: ClassVar = Certain


@dataclass(frozen=True, slots=True)
class Forgetful(Faulty):
    @classmethod
    def read_metrics(cls, values):
        found = ClassificationMetrics.from_json(values)
        return replace(found, accuracy=0.0)


@dataclass(frozen=True, slots=True)
class OutOfRange(Faulty):
    def mistakes(self, labels, answers, metrics, trained):
        return np.array([len(labels)]), np.array([1.0])


@dataclass(frozen=True, slots=True)
class Undeclared(Faulty):
    serving_outputs: ClassVar = {"label": "words"}


def checked(task: type[Faulty]) -> Report:
    """Run the checks of a task that no plugin registers."""
    subject = TaskSubject("faulty")
    vars(subject)["kind"] = task  # what it has looked up
    return Session(subject).report(TASK_CHECKS)


def failed(report: Report) -> list[str]:
    return [result.name for result in report.results if result.outcome == "failed"]


def test_several_labels_pass() -> None:
    report = check_task("multi-label")
    assert [result.name for result in report.results if result.outcome == "passed"] == [
        each.name for each in TASK_CHECKS
    ]


def test_the_sample_of_ordered_classes_passes_by_its_name_and_by_its_class(
    distributions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(SAMPLES / "acme-grades"), *sys.path])
    report = check_task("acme_grades.task:Grades")
    assert not failed(report), report
    assert report.run == len(TASK_CHECKS)


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        (NoWords, "labels-round-trip"),
        (WrongOrder, "labels-round-trip"),
        (OtherNotation, "labels-round-trip"),
        (NoSplits, "labels-round-trip"),
        (KeepsOthers, "keeps-its-answers"),
        (Ascending, "measures-with-a-standard-error"),
        (FlatLoss, "loss-can-be-descended"),
        (OtherAnswers, "answers-as-the-saved-model"),
        (NegativeError, "measures-with-a-standard-error"),
        (Forgetful, "measures-with-a-standard-error"),
        (OutOfRange, "describes-answers"),
        (Undeclared, "serves-answers"),
    ],
)
def test_the_right_check_fails(fault: type[Faulty], check: str) -> None:
    assert failed(checked(fault)) == [check]


def test_a_task_without_a_fault_passes() -> None:
    assert not failed(checked(Faulty))


def test_a_section_that_cannot_be_written_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiles.html.jinja").write_text("{{ report.metrics.nothing }}")
    (tmp_path / "section.html.jinja").write_text("")
    monkeypatch.setattr(ClassificationMetrics, "report", ReportSection(tmp_path))
    report = check_task("classification")
    assert failed(report) == ["writes-its-section"]
    (said,) = [result.reason for result in report.results if result.outcome == "failed"]
    assert "no section of ClassificationMetrics: UndefinedError" in str(said)


def test_a_standard_error_may_be_unknown_but_not_below_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    for error, found in ((float("nan"), []), (-0.1, ["measures-with-a-standard-error"])):
        own = property(lambda self, error=error: Score("accuracy", self.accuracy, error))
        monkeypatch.setattr(ClassificationMetrics, "score", own)
        assert failed(check_task("classification")) == found


def test_a_task_in_a_file_is_checked_from_the_command_line(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(
        "from dataclasses import dataclass\nfrom tlzoo.tasks import Classification\n\n\n"
        "@dataclass(frozen=True, slots=True)\nclass Mine(Classification):\n    kind = 'mine'\n"
    )
    assert main(["check", "./mine.py:Mine", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["run"] == len(TASK_CHECKS)
