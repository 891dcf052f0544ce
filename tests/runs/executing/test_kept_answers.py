"""Kept answers of a run whose task or examples fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from tlzoo.data import Dataset
from tlzoo.progress import Silent
from tlzoo.runs import open_source
from tlzoo.runs.executing.kept_answers import keep_answers
from tlzoo.runs.files.answers import read_answers
from tlzoo.runs.files.paths import RunPaths
from tlzoo.tasks import TaskOptions
from tlzoo.training import Evaluation

COUNT = 20


def failing(*_arguments: object) -> NoReturn:
    raise KeyError("grade")


def kept(folder: Path, monkeypatch: pytest.MonkeyPatch, part: str, method: str, replaced: Any) -> list[str]:
    """Return the notes about the kept answers of digits, with a replaced method of the task or of the examples."""
    samples = open_source("digits:", Silent())
    nobody = np.zeros(0, np.int64)
    data = Dataset(samples, nobody, nobody, np.arange(COUNT))
    labels, answers = samples.labels[:COUNT], np.full((COUNT, 10), 0.1, np.float32)
    metrics = samples.task.criterion(labels, TaskOptions(), {}).metrics(labels, answers)
    owner = type(samples.task if part == "task" else samples.examples)
    if replaced is not None:
        monkeypatch.setattr(owner, method, replaced)
    told: list[str] = []
    keep_answers(RunPaths(folder), data, Evaluation(metrics, labels, answers), told.append)
    return [each.replace(owner.__name__, "OWNER") for each in told]


@pytest.mark.parametrize(
    ("part", "method", "replaced", "said"),
    [
        ("task", "kept_answers", failing, "OWNER.kept_answers raised KeyError: 'grade'"),
        ("task", "kept_answers", lambda *_: {"right": np.ones(3)}, "OWNER.kept_answers raised ValueError: the array"),
        ("task", "label_keys", failing, "OWNER.label_keys raised KeyError: 'grade'"),
        ("task", "label_keys", lambda *_: np.ones(3), "OWNER.label_keys raised ValueError: 3 keys of 20 labels"),
        ("examples", "name", failing, "OWNER.name raised KeyError: 'grade'"),
    ],
)
def test_an_error_of_a_plugin_is_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, method: str, replaced: Any, said: str
) -> None:
    (note,) = kept(tmp_path, monkeypatch, part, method, replaced)
    assert note.startswith(f"the test answers are not kept, so the run cannot be compared: {said}")
    assert not list(tmp_path.iterdir())


def test_answers_are_kept_without_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept(tmp_path, monkeypatch, "task", "", None) == []
    assert len(read_answers(tmp_path / "answers.npz")) == COUNT
