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
        "tlzoo/data/splitting/split.py",
        "for name, own in zip(pool.classes, pool.members, strict=True):",
        "for name, own in zip(pool.classes, pool.members, strict=False):",
        "`_Pool.among` makes both with one item for each class, so their lengths never differ.",
    ),
    Equivalent(
        "tlzoo/runs/executing/driver.py",
        "told: int = 0",
        "told: int = 1",
        "The numbers of what a strategy tells only distinguish these events, and a resume counts in the same way.",
    ),
    Equivalent(
        "tlzoo/artifacts/savedmodel/canonical.py",
        "kept.collection_def[name].bytes_list.value.append(each.SerializeToString(deterministic=True))",
        "kept.collection_def[name].bytes_list.value.append(each.SerializeToString(deterministic=False))",
        "The order of a map's keys may differ otherwise, and a VariableDef has no map.",
    ),
    Equivalent(
        "tlzoo/training/checkpoints.py",
        "with np.load(stream, allow_pickle=False) as stored:",
        "with np.load(stream, allow_pickle=True) as stored:",
        "`check_arrays` refused objects before, in the same open file. A second lock, which a first one makes idle.",
    ),
    Equivalent(
        "tlzoo/training/frozen/feature_set.py",
        "with atomic_folder(folder, durable=False) as temporary:",
        "with atomic_folder(folder, durable=True) as temporary:",
        "The same files are written, only slower: features can be computed again after a power failure.",
    ),
)


def reason_of(mutant: Mutant) -> str | None:
    """Return why a mutant is equivalent; None if it is not."""
    same = (each.reason for each in EQUIVALENTS if each[:3] == (mutant.file, mutant.before, mutant.after))
    return next(same, None)
