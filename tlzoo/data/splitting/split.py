"""Training, validation and test splits: stratified, seeded, with a label budget.

scikit-learn's stratified split refuses a class with one sample and a split with fewer samples than classes, and
may omit a small class from a split. Therefore, shares are taken here class by class, from one seeded order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.contract import Array, Dataset, Samples
from tlzoo.data.splitting.folds import Fold, free_positions, with_fold
from tlzoo.data.splitting.groups import deal_groups
from tlzoo.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

VALIDATION_FROM = 5
"""Smallest label budget per class with a validation split."""


def split(
    samples: Samples,
    *,
    seed: int,
    per_class: int | None = None,
    validation: float = 0.15,
    test: float = 0.15,
    fold: Fold | None = None,
) -> Dataset:
    """Complete the declared splits of a source. The splits depend only on the seed.

    Without ``per_class``: declared splits are kept; other splits are taken from train, with the given share of
    every class (rounded), set of labels or range of targets (``strata``). A class with three or more samples has at
    least one in every new split; of two samples, one is for training and one for testing; a single one is for training.

    With ``per_class``: that many labels per class in total, drawn from the declared train split or from all samples.
    From five per class, a fifth (at least one) becomes validation; below five there is no validation. Test is the
    declared test split, or else all samples outside the budget, at least one per class. Budgets with the same seed are
    nested.

    If samples have groups, no group is in two splits; shares are as close as whole groups allow. A budget then
    leaves a share of the groups for testing; other samples outside the budget are omitted.

    With ``fold``, that fold of cross-validation is the test split instead of a declared or drawn one. The folds of one
    seed are disjoint, and stratified like splits.

    Raises:
        DataError: If fewer than two classes have samples, a class has no training sample, or there is no test sample.
        UsageError: For an invalid seed, share or budget.
    """
    _check(samples, seed, per_class, validation, test)
    _check_classes(samples, per_class)
    whole, told = samples, list[str]()
    if fold is not None:
        samples, told = with_fold(samples, fold, seed)
    if samples.groups is not None:
        parts, notes = _grouped(samples, samples.groups, seed, per_class, validation, test)
    else:
        pool = _Pool.of(samples, seed)
        parts = _by_budget(samples, pool, per_class) if per_class else _by_share(samples, pool, validation, test)
        notes = pool.notes
    train, held_out, tested = (np.sort(part) for part in parts)
    _check_result(samples, train, tested, test if per_class is None else 1.0)
    notes = [*told, *notes, *_labels_not_trained(samples, train)]
    return Dataset(whole, train, held_out, tested, (*samples.notes, *map(str, samples.missing), *notes))


@dataclass(frozen=True, slots=True)
class _Pool:
    """The samples available for splits, by class, in a seeded order."""

    classes: Sequence[str]
    members: tuple[Array, ...]
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, samples: Samples, seed: int) -> _Pool:
        strata = samples.task.strata(samples.labels)
        return cls.among(free_positions(samples), strata, samples, seed)

    @classmethod
    def among(cls, free: Array, strata: Array, samples: Samples, seed: int) -> _Pool:
        names = _classes(samples) or ("",) * (int(strata.max()) + 1)
        members = tuple(
            np.random.default_rng((seed, number)).permutation(free[strata[free] == number])
            for number in range(len(names))
        )
        return cls(names, members)

    def take(self, wanted: Sequence[tuple[int, int]]) -> tuple[Array, Array, Array]:
        """Return train, the first and the second part; ``wanted`` has the sizes of these two by class."""
        pieces = [
            np.split(own, (len(own) - first - second, len(own) - second))
            for own, (first, second) in zip(self.members, wanted, strict=True)
        ]
        train, first, second = (_join(part) for part in zip(*pieces, strict=True))
        return train, first, second


def _by_share(samples: Samples, pool: _Pool, validation: float, test: float) -> tuple[Array, Array, Array]:
    validation = 0.0 if "validation" in samples.given else validation
    test = 0.0 if "test" in samples.given else test
    if not samples.task.exclusive:
        wanted = list(_carried_shares([len(own) for own in pool.members], validation, test))
        train, held_out, tested = pool.take(wanted)
        return train, samples.given.get("validation", held_out), samples.given.get("test", tested)
    wanted = []
    for name, own in zip(pool.classes, pool.members, strict=True):
        for_test = min(max(1, round(len(own) * test)), len(own) - 1) if test and len(own) else 0
        left = len(own) - for_test
        for_validation = min(max(1, round(len(own) * validation)), left - 1) if validation and left else 0
        wanted.append((for_validation, for_test))
        shares = (("validation", validation, for_validation), ("test", test, for_test))
        missing = [part for part, share, count in shares if share and not count]
        if len(own) and missing:
            pool.notes.append(f"class {name!r} has only {_count(len(own))}, none in {' and '.join(missing)}")
    train, held_out, tested = pool.take(wanted)
    return train, samples.given.get("validation", held_out), samples.given.get("test", tested)


def _carried_shares(sizes: Iterable[int], validation: float, test: float) -> Iterator[tuple[int, int]]:
    """Yield the sizes of validation and test by stratum, rounded; rounding errors are carried over."""
    owed = [0.0, 0.0]
    for size in sizes:
        counts: list[int] = []
        for at, share in enumerate((validation, test)):
            owed[at] += size * share
            counts.append(min(max(0, round(owed[at])), size - sum(counts)))
            owed[at] -= counts[at]
        yield counts[0], counts[1]


def _by_budget(samples: Samples, pool: _Pool, per_class: int) -> tuple[Array, Array, Array]:
    declared_test = "test" in samples.given
    budgets = []
    for name, own in zip(pool.classes, pool.members, strict=True):
        kept_for_test = 0 if declared_test or "validation" in samples.given or len(own) <= 1 else 1
        budget = min(per_class, len(own) - kept_for_test)
        if budget < per_class:
            pool.notes.append(f"class {name!r} has {_count(len(own))}: {budget} labelled instead of {per_class}")
        budgets.append(own[:budget])
    chosen = _Pool(pool.classes, tuple(budgets), pool.notes)
    train, held_out, _ = chosen.take([(_validation_share(len(own)), 0) for own in budgets])
    if "validation" in samples.given:
        pool.notes.append("the declared validation split is outside the label budget and is not used")
    outside = np.setdiff1d(np.arange(len(samples.labels)), _join(budgets))
    return train, held_out, samples.given["test"] if declared_test else outside


def _grouped(
    samples: Samples, groups: Array, seed: int, per_class: int | None, validation: float, test: float
) -> tuple[tuple[Array, Array, Array], list[str]]:
    """Split without dividing a group. Declared splits are kept; groups in two of them are reported."""
    notes = _groups_declared_apart(samples, groups)
    free = free_positions(samples)
    if "train" not in samples.given:
        apart = np.isin(groups[free], groups[_join(samples.given.values())])
        if apart.any():
            notes.append(f"{_count(int(apart.sum()))} are omitted: their groups are declared for other splits")
        free = free[~apart]
    if not len(free):
        raise DataError(
            f"{samples.source}: every group is declared for validation or test", "declare some groups for train"
        )
    strata = samples.task.strata(samples.labels)
    validation = 0.0 if "validation" in samples.given or per_class is not None else validation
    test = 0.0 if "test" in samples.given else test
    goes = deal_groups(groups[free], strata[free], (1 - validation - test, validation, test), seed)
    train, held_out, tested = (free[goes == part] for part in range(3))
    if per_class is not None:
        pool = _Pool.among(train, strata, samples, seed)
        for name, own in zip(pool.classes, pool.members, strict=True):
            if len(own) < per_class:
                notes.append(f"class {name!r} has {_count(len(own))} to draw from: {len(own)} labelled")
        budget = _join(own[:per_class] for own in pool.members)
        share = _validation_share(per_class) / per_class
        goes = deal_groups(groups[budget], strata[budget], (1 - share, share), seed)
        train, held_out = budget[goes == 0], budget[goes == 1]
    return (train, samples.given.get("validation", held_out), samples.given.get("test", tested)), notes


def _groups_declared_apart(samples: Samples, groups: Array) -> list[str]:
    """Return a note if the source declares a group for two splits."""
    parts = [np.unique(groups[part]) for part in samples.given.values()]
    names, sides = np.unique(_join(parts), return_counts=True)
    apart = names[sides > 1]
    if not len(apart):
        return []
    example = samples.examples.name(int(np.flatnonzero(groups == apart[0])[0]))
    count = "1 group is" if len(apart) == 1 else f"{len(apart)} groups are"
    return [f"{count} in several of the declared splits, such as that of {example}; the test score is too optimistic"]


def _labels_not_trained(samples: Samples, train: Array) -> list[str]:
    if samples.task.exclusive:
        return []
    seen = samples.task.class_counts(samples.labels[train])
    names = [name for name, count in zip(samples.task.class_names, seen, strict=True) if not count]
    return [f"no training sample has the label {name!r}" for name in names]


def _validation_share(budget: int) -> int:
    return max(1, round(budget / 5)) if budget >= VALIDATION_FROM else 0


def _check(samples: Samples, seed: int, per_class: int | None, validation: float, test: float) -> None:
    if seed < 0:
        raise UsageError(f"seed must be 0 or larger; got {seed}", "use a whole number, 0 or larger")
    if per_class is not None and per_class < 1:
        raise UsageError(f"the label budget must be at least 1 per class; got {per_class}", "use 1 or more")
    if not (validation >= 0 and test >= 0 and validation + test < 1):
        raise UsageError(f"validation takes {validation} and test {test} of the data", "leave a share for training")
    if not len(samples.labels):
        raise DataError(f"{samples.source} has no samples", "add at least two of each class")


def _check_classes(samples: Samples, per_class: int | None) -> None:
    if not samples.task.exclusive:
        if per_class is not None:
            raise UsageError(
                f"{samples.source} is {samples.task.kind}: a number of labels per class needs classes",
                "leave out the label budget",
            )
        return
    present = np.unique(samples.labels)
    if len(present) == 1:
        only = samples.task.class_names[int(present[0])]
        raise DataError(f"{samples.source} has only one class, {only!r}", "add samples of a second class")


def _check_result(samples: Samples, train: Array, tested: Array, test: float) -> None:
    classes = _classes(samples)
    counts = samples.task.class_counts(samples.labels[train]) if classes else np.empty(0)
    if not counts.all():
        name = classes[int(np.flatnonzero(counts == 0)[0])]
        fix = (
            "add samples or remove the class"
            if samples.groups is None
            else "add samples of another group, or remove the class"
        )
        raise DataError(f"{samples.source}: class {name!r} has no training sample", fix)
    if not len(train) or (test and not len(tested)):
        count = f"{_count(len(samples.labels))}" + (f" in {len(classes)} classes" if classes else "")
        if samples.groups is not None:
            count += f" and {len(np.unique(samples.groups))} groups"
        fix = "add samples: at least two per class, better ten"
        raise DataError(f"{samples.source}: {count} leave none for {'testing' if len(train) else 'training'}", fix)


def _classes(samples: Samples) -> tuple[str, ...]:
    """Return the class names if every sample has one class; empty otherwise."""
    return samples.task.class_names if samples.task.exclusive else ()


def _join(parts: Iterable[Array]) -> Array:
    return np.concatenate([np.empty(0, np.int64), *parts])


def _count(number: int) -> str:
    return "1 sample" if number == 1 else f"{number} samples"
