"""A run in a comparison, with its verified documents and its test answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, RunError, UsageError
from tlzoo.runs.files.answers import TestAnswers, read_answers
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.recipe import Recipe, read_recipe
from tlzoo.runs.results.run_task import DAMAGED, said, task_of

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.runs.run import Run
    from tlzoo.tasks import Outcomes, Task

__all__ = ["ComparedRun", "open_compared", "open_run", "run_letter"]


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """A run, its ``letter`` in tables, its answers and the outcomes of the test samples."""

    letter: str
    run: Run
    recipe: Recipe
    task: Task
    fingerprint: str
    answers: TestAnswers
    outcomes: Outcomes

    @property
    def result(self) -> Mapping[str, Any]:
        """The content of ``result.json``."""
        return self.run.result

    def rows(self, positions: np.ndarray) -> ComparedRun:
        """Return the run with the test samples at these positions, in this order."""
        answers = self.answers.rows(positions)
        return replace(self, answers=answers, outcomes=_outcomes(self.run, self.task, answers))


def run_letter(position: int) -> str:
    """Return the letter of a run by its position.

    >>> run_letter(0), run_letter(25), run_letter(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    position += 1
    while position:
        position, last = divmod(position - 1, len(ascii_uppercase))
        letters = ascii_uppercase[last] + letters
    return letters


def open_compared(runs: Sequence[Run]) -> list[ComparedRun]:
    """Return the runs with their answers, in this order, after verifying their folders.

    Raises:
        UsageError: For fewer than two runs, or one given twice.
        RunError: For an unfinished run, or one without kept answers.
        BytesRefusedError: For a damaged or changed folder.
    """
    places = [each.path.resolve() for each in runs]
    if repeated := next((each for at, each in enumerate(places) if each in places[:at]), None):
        raise UsageError(f"{repeated} is given twice", "give different runs")
    if len(runs) < 2:  # noqa: PLR2004 - a comparison
        given = f"only {runs[0].path}" if runs else "no run"
        raise UsageError(f"a comparison needs two or more runs; got {given}", "`tlzoo runs` lists your runs")
    return [open_run(run, run_letter(at)) for at, run in enumerate(runs)]


def open_run(run: Run, letter: str) -> ComparedRun:
    """Return a run with its answers, as ``open_compared`` does."""
    folder = RunFolder.open(run.path, "answers.npz")
    task = task_of(run)  # raises for an unfinished run
    if task is None:
        raise RunError(
            f"{run.path} was trained without labelled samples, so there are no answers to compare",
            "compare the returns of `tlzoo evaluate`",
        )
    if not folder.answers.is_file():
        raise RunError(
            f"{run.path} has no kept test answers (answers.npz): it is of an older version, has no test split, or its "
            f"task {task.kind!r} keeps none",
            "train it again",
        )
    answers = read_answers(folder.answers)
    data = Journal(folder.journal).find("data") or {}
    return ComparedRun(
        letter=letter,
        run=run,
        recipe=read_recipe(folder.recipe, {}),
        task=task,
        fingerprint=str(data.get("fingerprint", "")),
        answers=answers,
        outcomes=_outcomes(run, task, answers),
    )


def _outcomes(run: Run, task: Task, answers: TestAnswers) -> Outcomes:
    try:
        return task.outcomes(answers.kept)
    except DAMAGED as error:
        raise BytesRefusedError(
            f"{run.path}/answers.npz does not fit the task {task.kind!r}: {said(error)}", "train again"
        ) from error
