"""Equivalent mutants: changes that a person judged to leave behaviour as it is, with the reason."""

from __future__ import annotations

from typing import NamedTuple

from .mutant import Mutant


class Equivalent(NamedTuple):
    """A change of one line (without indentation) that no test can catch, and why."""

    file: str
    before: str
    after: str
    reason: str


EQUIVALENTS: tuple[Equivalent, ...] = (
    Equivalent(
        "tlzoo/data/splitting.py",
        "for name, own in zip(pool.classes, pool.members, strict=True):",
        "for name, own in zip(pool.classes, pool.members, strict=False):",
        "`_Pool.among` makes both with one item for each class, so their lengths never differ.",
    ),
)


def reason_of(mutant: Mutant) -> str | None:
    """Return why a mutant is equivalent; None if it is not."""
    same = (each.reason for each in EQUIVALENTS if each[:3] == (mutant.file, mutant.before, mutant.after))
    return next(same, None)
