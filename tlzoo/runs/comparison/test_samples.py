"""The test samples of compared runs: the same samples, in the same order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import RunError

if TYPE_CHECKING:
    from tlzoo.runs.comparison.compared_run import ComparedRun
    from tlzoo.runs.files.answers import TestAnswers

__all__ = ["aligned", "samples_key"]

_SHOWN = 3


def aligned(runs: Sequence[ComparedRun]) -> list[ComparedRun]:
    """Return the runs with the test samples in the order of the first run.

    Samples are identified by the hashes of their inputs and labels, so the order and the names in the source have no
    influence.

    Raises:
        RunError: If the runs have different tasks, classes or test samples, with what differs.
    """
    first, *others = runs
    _refuse_other_tasks(first, others)
    keys = _keys(first.answers)
    order = np.argsort(keys, kind="stable")
    found = [first]
    for other in others:
        its = _keys(other.answers)
        own = np.argsort(its, kind="stable")
        if len(its) != len(keys) or (its[own] != keys[order]).any():
            raise RunError(
                _difference(first, other), "compare runs that were trained on the same data with the same seed"
            )
        place = np.empty(len(own), np.int64)
        place[order] = own
        found.append(other if (place == np.arange(len(own))).all() else other.rows(place))
    return found


def samples_key(run: ComparedRun) -> tuple[str, tuple[str, ...], str]:
    """Return a key that is equal for runs with the same task, classes and test samples, in any order."""
    samples = hashlib.sha256(np.sort(_keys(run.answers)).tobytes()).hexdigest()
    return run.task.kind, tuple(run.task.names), samples


def _refuse_other_tasks(first: ComparedRun, others: Sequence[ComparedRun]) -> None:
    for other in others:
        both = f"{first.run.path} and {other.run.path}"
        if first.task.kind != other.task.kind:
            kinds = f"{first.task.kind} and {other.task.kind}"
            raise RunError(f"{both} have different tasks: {kinds}", "compare runs of one task")
        if first.task.names != other.task.names:
            own, its = (sorted(set(a.task.names) - set(b.task.names)) for a, b in ((first, other), (other, first)))
            only = own or its
            what = f"only one has {', '.join(map(repr, only[:_SHOWN]))}" if only else "their order differs"
            raise RunError(f"{both} have different classes or targets: {what}", "compare runs of one task")


def _keys(answers: TestAnswers) -> np.ndarray:
    """Return a value for each sample that is equal exactly for equal inputs with equal labels, (N,)."""
    rows = np.ascontiguousarray(np.concatenate([answers.digests, answers.labels], axis=1))
    return rows.view(f"S{rows.shape[1]}").ravel()


def _difference(first: ComparedRun, other: ComparedRun) -> str:
    inputs, its = (Counter(map(bytes, each.answers.digests)) for each in (first, other))
    shared = (inputs & its).total()
    both = f"{first.run.path} and {other.run.path}"
    if shared == len(first.answers) == len(other.answers):
        return f"{both} were tested on the same inputs with different labels"
    counts = f"{shared:,} in common, of {len(first.answers):,} and {len(other.answers):,}"
    reasons = "; ".join(_reasons(first, other)) or "they were split differently"
    return f"{both} were tested on different samples ({counts}): {reasons}"


def _reasons(first: ComparedRun, other: ComparedRun) -> Iterator[str]:
    """Yield the recipe fields that decide on the test split and differ, and the fingerprints of the data."""
    for name in ("data", "seed", "fold", "per_class", "missing"):
        own, its = getattr(first.recipe, name), getattr(other.recipe, name)
        if own != its:
            yield f"{name} {own} and {its}"
    if first.recipe.data == other.recipe.data and first.recipe.seed == other.recipe.seed:
        own, its = first.fingerprint[:12], other.fingerprint[:12]
        if own != its:
            yield f"data fingerprint {own}… and {its}…"
