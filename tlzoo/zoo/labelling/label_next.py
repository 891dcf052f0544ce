"""The samples of a pool to label next, by the answers and the features of a finished run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import DataError, UsageError
from tlzoo.zoo.labelling.choosing import by_diversity, by_gradients
from tlzoo.zoo.labelling.result import Candidate, ToLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlzoo.data import Dataset, Samples
    from tlzoo.progress import Progress
    from tlzoo.runs import Run
    from tlzoo.tasks import Task
    from tlzoo.training import Setup, UnlabelledAnswers

__all__ = ["Choice", "label_next"]


@dataclass(frozen=True, slots=True)
class Choice:
    """The samples to label next, with all samples of the pool."""

    found: ToLabel
    pool: Samples


def label_next(run: Run, pool: str, count: int, seed: int, progress: Progress) -> Choice:
    """Choose ``count`` samples of a pool by uncertainty and diversity (``choosing.by_gradients``).

    Labels in the pool are not used. Samples with the content of a sample of the run's data, or of an earlier one in the
    pool, are left out.

    Args:
        run: A finished run.
        pool: Data source of inputs of the run's modality.
        count: Number of samples.
        seed: Seed of the draws.
        progress: Receives progress and notes.

    Returns:
        The chosen samples, the most uncertain first.

    Raises:
        UsageError: If the pool has another modality, or the run's trainer has no features of single samples.
        DataError: If the pool has no new sample.
        RunError: If the run is not finished, or its data or backbone has changed.
    """
    from tlzoo.data.lookup import as_pool
    from tlzoo.runs import open_source
    from tlzoo.runs.consent.user_code import name_source
    from tlzoo.runs.executing.temporary_cache import usable_cache
    from tlzoo.runs.results.reopened import reopened_run
    from tlzoo.runs.results.run_task import task_of

    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise UsageError(f"count={count}", "give a whole number of at least 1")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise UsageError(f"seed={seed}", "give a whole number of at least 0")
    name_source(pool)
    task = task_of(run)  # raises for an unfinished run
    if task is None:
        raise UsageError(f"{run.path} was trained on data without samples to label", "give another run")
    samples = open_source(as_pool(pool, run.recipe.data), progress)

    def with_pool(setup: Setup) -> Setup:
        return replace(setup, target=_new_inputs(samples, setup.data), target_test=None)

    with usable_cache(progress):
        _, trainer, state = reopened_run(run, progress, with_pool)
        answered = trainer.unlabelled_answers(state)
    if answered is None:
        raise UsageError(
            f"{run.path} was trained by {type(trainer).__name__}, which has no features", "give another run"
        )
    new = state.setup.target.train
    rows, uncertainty = _chosen(run, task, answered, min(count, len(new)), seed, progress)
    if len(rows) < count:
        progress.note(f"the pool has only {len(rows)} new sample{'' if len(rows) == 1 else 's'}")
    found = ToLabel(
        run=str(run.path),
        pool=samples.source,
        pool_samples=len(samples.examples),
        left_out=len(samples.examples) - len(new),
        method="diversity" if uncertainty is None else "uncertainty and diversity",
        samples=tuple(_candidates(run, task, samples, answered, new, rows, uncertainty)),
    )
    return Choice(found, samples)


def _chosen(
    run: Run, task: Task, answered: UnlabelledAnswers, count: int, seed: int, progress: Progress
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the chosen rows of the answers, and the uncertainty of all rows if the task has one."""
    from tlzoo.runs.results.run_task import run_decision

    answers = answered.answers
    gradients = None if answers is None else task.doubt_gradients(answers, run_decision(run, task))
    if gradients is None:
        progress.note(f"there is no uncertainty for {task.kind}: the samples are chosen by diversity alone")
        return by_diversity(answered.features, count, seed), None
    with progress.track("choosing", count, "samples") as advance:
        rows = by_gradients(answered.features, gradients, count, seed, advance)
    uncertainty = np.abs(gradients).max(axis=1)
    return rows[np.argsort(-uncertainty[rows], kind="stable")], uncertainty


def _candidates(
    run: Run,
    task: Task,
    samples: Samples,
    answered: UnlabelledAnswers,
    new: np.ndarray,
    rows: np.ndarray,
    uncertainty: np.ndarray | None,
) -> Iterator[Candidate]:
    from tlzoo.evaluation import read_metrics
    from tlzoo.modalities import require_modality

    metrics = read_metrics(run.test, task.kind)
    glimpse = require_modality(samples.examples.modality).glimpse
    for row, raw in zip(rows, samples.examples.stream(new[rows]), strict=True):
        answer = None if answered.answers is None else task.describe_answer(answered.answers[row], metrics)
        yield Candidate(
            sample=samples.examples.name(int(new[row])),
            index=int(new[row]),
            text="\n".join(glimpse(raw).texts) or None,
            predicted=None if answer is None else answer.label,
            probability=None if answer is None else answer.probability,
            uncertainty=None if uncertainty is None else float(uncertainty[row]),
        )


def _new_inputs(samples: Samples, data: Dataset) -> Dataset:
    """Return the inputs of a pool that the data do not have, each content once."""
    from tlzoo.data import without_labels
    from tlzoo.runs.opening.target import alike

    alike(samples, data, "pool")
    every = np.concatenate([data.samples.digests, samples.digests])
    first = np.unique(every, axis=0, return_index=True)[1] - len(data.samples.digests)
    new = np.sort(first[first >= 0])
    if not len(new):
        raise DataError(
            f"{samples.source} has no new sample: all are in {data.source}", "give a pool of samples without labels"
        )
    return without_labels(samples, new)
