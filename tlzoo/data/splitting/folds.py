"""Folds of cross-validation: stratified, with whole groups, seeded.

scikit-learn's StratifiedKFold refuses classes with fewer samples than folds, and takes no sets of labels or numbers.
Here samples are dealt out stratum by stratum, so fold sizes and counts of a stratum differ by one at most.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.splitting.groups import deal_groups
from tlzoo.errors import DataError, UsageError

if TYPE_CHECKING:
    from tlzoo.data.contract import Array, Samples

__all__ = ["MOST_FOLDS", "Fold", "fold_numbers", "free_positions", "with_fold"]

MOST_FOLDS = 1000
_WRITTEN = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")


@dataclass(frozen=True, slots=True)
class Fold:
    """One fold of cross-validation: ``number`` from 1 to ``count``."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Fold:
        """Return the fold written as ``2/5``.

        >>> Fold.parse("2/5")
        Fold(number=2, count=5)

        Raises:
            UsageError: For other text, and numbers out of range.
        """
        found = _WRITTEN.fullmatch(text)
        fold = None if found is None else cls(int(found[1]), int(found[2]))
        if fold is None or not (fold.number <= fold.count and 2 <= fold.count <= MOST_FOLDS):  # noqa: PLR2004
            raise UsageError(
                f"{text!r} is not a fold", f"write 2/5 for the second of five folds; at most {MOST_FOLDS} folds"
            )
        return fold

    def __str__(self) -> str:
        """Return the text that ``parse`` reads."""
        return f"{self.number}/{self.count}"


def with_fold(samples: Samples, fold: Fold, seed: int) -> tuple[Samples, list[str]]:
    """Return the samples with one fold as the declared test split, and notes on the folds.

    Folds divide the declared train split, or all samples outside declared splits. A declared validation split is
    kept, and other samples of its groups are omitted; a declared test split is not used.

    Raises:
        DataError: If there are fewer samples, or groups, than folds.
    """
    free, notes = free_positions(samples), []
    if samples.groups is not None and "validation" in samples.given and "train" not in samples.given:
        apart = np.isin(samples.groups[free], samples.groups[samples.given["validation"]])
        if apart.any():
            one = apart.sum() == 1
            omitted = (
                "1 sample is omitted: its group is" if one else f"{apart.sum()} samples are omitted: their groups are"
            )
            notes.append(f"{omitted} declared for validation")
        free = free[~apart]
    goes = fold_numbers(samples, free, fold.count, seed)
    given = {"train": free[goes != fold.number - 1], "test": free[goes == fold.number - 1]}
    if "validation" in samples.given:
        given["validation"] = samples.given["validation"]
    if unused := len(samples.given.get("test", ())):
        notes.append(f"the declared test split ({unused} samples) is not used: folds are test splits")
    return replace(samples, given=given), notes


def fold_numbers(samples: Samples, free: Array, count: int, seed: int) -> Array:
    """Return the fold of each sample in ``free``, int64 from 0 to ``count - 1``, stratified by the task.

    No group is in two folds. Raises DataError if there are fewer samples, or groups, than folds.
    """
    strata = samples.task.strata(samples.labels)[free]
    units, what = len(free), "samples"
    if samples.groups is not None:
        units, what = len(np.unique(samples.groups[free])), "groups"
    if units < count:
        raise DataError(f"{samples.source}: {units} {what} cannot make {count} folds", f"use at most {units} folds")
    if samples.groups is not None:
        return deal_groups(samples.groups[free], strata, (1 / count,) * count, seed)
    shuffled = np.random.default_rng((seed, 3)).permutation(len(free))
    goes = np.empty(len(free), np.int64)
    goes[shuffled[np.argsort(strata[shuffled], kind="stable")]] = np.arange(len(free)) % count
    return goes


def free_positions(samples: Samples) -> Array:
    """Return the positions available for splits: the declared train split, or else all outside declared splits."""
    if "train" in samples.given:
        return samples.given["train"]
    declared = np.concatenate([np.empty(0, np.int64), *samples.given.values()])
    return np.setdiff1d(np.arange(len(samples.labels)), declared)
