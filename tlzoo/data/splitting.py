"""Train, validation and test: stratified, seeded, and honest about the label budget.

scikit-learn's stratified split refuses a class with one sample, and a split with fewer samples than classes; below
that it may leave a small class out of a split. So the shares are taken here class by class, from one seeded order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.contract import Array, Dataset, Samples
from tlzoo.data.tasks import Classification
from tlzoo.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VALIDATION_FROM = 5
"""A budget of fewer labels a class than this is not split any further: it has no validation."""


def split(
    samples: Samples, *, seed: int, per_class: int | None = None, validation: float = 0.15, test: float = 0.15
) -> Dataset:
    """Complete the splits that the source declares. The same seed gives the same splits, and only the seed decides.

    Without ``per_class``: declared splits are kept; what is not declared is taken out of train, as that share of
    every class (rounded), or of all samples where there are no
    classes. A class of three or more has at least one sample in every split that is taken; of two, one
    is trained on and one tested; a single one is trained on.

    With ``per_class``: that many labels a class in all, drawn from the declared train split or from everything. From
    five a class a fifth (at least one) becomes validation; under five there is none. Test is the declared test split,
    or else everything outside the budget, of which every class keeps at least one. Budgets of one seed are nested.

    Raises DataError where fewer than two classes have samples, a class has none to train on, or nothing is left
    to test on; UsageError for a seed, a share or a budget that makes no sense.
    """
    _check(samples, seed, per_class, validation, test)
    _check_classes(samples, per_class)
    pool = _Pool.of(samples, seed)
    parts = _by_budget(samples, pool, per_class) if per_class else _by_share(samples, pool, validation, test)
    train, held_out, tested = (np.sort(part) for part in parts)
    _check_result(samples, train, tested, test if per_class is None else 1.0)
    return Dataset(samples, train, held_out, tested, (*map(str, samples.missing), *pool.notes))


@dataclass(frozen=True, slots=True)
class _Pool:
    """The samples that splits may be taken from, class by class, each in its seeded order."""

    classes: Sequence[str]
    members: tuple[Array, ...]
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, samples: Samples, seed: int) -> _Pool:
        if "train" in samples.given:
            free = samples.given["train"]
        else:
            free = np.setdiff1d(np.arange(len(samples.labels)), _join(samples.given.values()))
        names, strata = _strata(samples)
        members = tuple(
            np.random.default_rng((seed, number)).permutation(free[strata[free] == number])
            for number in range(len(names))
        )
        return cls(names, members)

    def take(self, wanted: Sequence[tuple[int, int]]) -> tuple[Array, Array, Array]:
        """Return train, the first and the second part: ``wanted`` says how many of each class go to these two."""
        pieces = [
            np.split(own, (len(own) - first - second, len(own) - second))
            for own, (first, second) in zip(self.members, wanted, strict=True)
        ]
        train, first, second = (_join(part) for part in zip(*pieces, strict=True))
        return train, first, second


def _by_share(samples: Samples, pool: _Pool, validation: float, test: float) -> tuple[Array, Array, Array]:
    validation = 0.0 if "validation" in samples.given else validation
    test = 0.0 if "test" in samples.given else test
    wanted = []
    for name, own in zip(pool.classes, pool.members, strict=True):
        for_test = min(max(1, round(len(own) * test)), len(own) - 1) if test and len(own) else 0
        left = len(own) - for_test
        for_validation = min(max(1, round(len(own) * validation)), left - 1) if validation and left else 0
        wanted.append((for_validation, for_test))
        shares = (("validation", validation, for_validation), ("test", test, for_test))
        missing = [part for part, share, count in shares if share and not count]
        if len(own) and missing:
            pool.notes.append(f"class {name!r} has only {_count(len(own))}: none for {' and '.join(missing)}")
    train, held_out, tested = pool.take(wanted)
    return train, samples.given.get("validation", held_out), samples.given.get("test", tested)


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
        pool.notes.append("the declared validation split is outside the label budget and does not judge phases")
    outside = np.setdiff1d(np.arange(len(samples.labels)), _join(budgets))
    return train, held_out, samples.given["test"] if declared_test else outside


def _validation_share(budget: int) -> int:
    return max(1, round(budget / 5)) if budget >= VALIDATION_FROM else 0


def _check(samples: Samples, seed: int, per_class: int | None, validation: float, test: float) -> None:
    if seed < 0:
        raise UsageError(f"the seed is {seed}", "use 0 or a larger whole number")
    if per_class is not None and per_class < 1:
        raise UsageError(f"{per_class} labels a class is no budget", "use 1 or more")
    if not (validation >= 0 and test >= 0 and validation + test < 1):
        raise UsageError(f"validation takes {validation} and test {test} of the data", "leave a share to train on")
    if not len(samples.labels):
        raise DataError(f"{samples.source} has no samples", "add at least two of each class")


def _check_classes(samples: Samples, per_class: int | None) -> None:
    if not isinstance(samples.task, Classification):
        if per_class is not None:
            raise UsageError(
                f"{samples.source} is {samples.task.kind}: there is no number of labels a class",
                "leave out the label budget",
            )
        return
    present = np.unique(samples.labels)
    if len(present) == 1:
        only = samples.task.classes[int(present[0])]
        raise DataError(f"{samples.source} has one class, {only!r}", "add samples of a second one")


def _check_result(samples: Samples, train: Array, tested: Array, test: float) -> None:
    names, strata = _strata(samples)
    counts = np.bincount(strata[train], minlength=len(names))
    if not counts.all():
        name = names[int(np.flatnonzero(counts == 0)[0])]
        raise DataError(f"{samples.source}: class {name!r} has no sample to train on", "add some or drop the class")
    if test and not len(tested):
        count = f"{len(samples.labels)} samples in {len(counts)} classes"
        fix = "add samples: two a class at the least, ten are better"
        raise DataError(f"{samples.source}: {count} leave none to test on", fix)


def _strata(samples: Samples) -> tuple[tuple[str, ...], Array]:
    """Return the names of what splits are taken from in equal shares, and which of them each sample is in: (N,)."""
    if isinstance(samples.task, Classification):
        return samples.task.classes, samples.labels
    return ("",), np.zeros(len(samples.labels), np.int64)


def _join(parts: Iterable[Array]) -> Array:
    return np.concatenate([np.empty(0, np.int64), *parts])


def _count(number: int) -> str:
    return "1 sample" if number == 1 else f"{number} samples"
