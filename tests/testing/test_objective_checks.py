"""The checks of objectives: the core's pass, and each fault fails at the check that names it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tensorflow as tf

from tlzoo.cli import main
from tlzoo.testing import OBJECTIVE_CHECKS, Report, check_objective

OBJECTIVES = """
import tensorflow as tf
from tlzoo.objectives import Objective


class Sound(Objective):
    uses_target = True
    weight: float = 0.1

    def value(self, step):
        return step.loss + self.weight * tf.reduce_mean(tf.square(step.target.outputs))


class Demanding(Sound):
    factor: float


class Unwritten(Objective):
    pass


class ForEachSample(Objective):
    def value(self, step):
        return step.weights


class Constant(Objective):
    def value(self, step):
        return 0 * step.loss


class Random(Objective):
    def value(self, step):
        return step.loss * tf.random.uniform(())
"""


def failed(report: Report) -> list[str]:
    return [result.name for result in report.results if result.outcome == "failed"]


@pytest.mark.parametrize(
    "name",
    ["adabn", *(pytest.param(each, marks=pytest.mark.slow) for each in ("coral", "tlzoo/dann", "tlzoo/mcc", "mmd"))],
)
def test_objectives_of_the_core_pass(name: str) -> None:
    report = check_objective(name)
    assert (failed(report), report.skipped, report.run) == ([], 0, len(OBJECTIVE_CHECKS))


@pytest.mark.parametrize(
    ("objective", "fault"),
    [
        ("Demanding", "has-defaults"),
        ("Unwritten", "has-defaults"),
        ("ForEachSample", "trains"),
        ("Constant", "trains"),
        ("Random", "is-the-same-again"),
    ],
)
def test_each_faulty_objective_fails_at_its_check(tmp_path: Path, objective: str, fault: str) -> None:
    (tmp_path / "losses.py").write_text(OBJECTIVES)
    tf.random.set_seed(7)  # as another test may have done: it makes draws repeatable
    assert failed(check_objective(f"{tmp_path / 'losses.py'}:{objective}")) == [fault]


@pytest.mark.slow
def test_an_objective_in_a_file_is_checked_from_the_command_line(tmp_path: Path, capsys) -> None:
    (tmp_path / "losses.py").write_text(OBJECTIVES)
    assert main(["check", f"{tmp_path / 'losses.py'}:Sound", "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["run"], found["failed"], found["skipped"]) == (len(OBJECTIVE_CHECKS), 0, 0)


def test_a_name_other_than_the_registered_one_fails(distributions) -> None:
    body = OBJECTIVES + (
        "\nfrom tlzoo.plugins import hookimpl\n\n@hookimpl\ndef tlzoo_objectives():\n"
        "    return {'acme/constant': Constant}\n"
    )
    distributions.add("acme", body)
    report = check_objective("acme/constant")
    reasons = {result.name: result.reason for result in report.results if result.outcome == "failed"}
    assert reasons["survives-a-journal"] == "the name of the class is ''; set name = 'acme/constant'"
