"""Labels that differ in spelling only: ``Good`` and ``good``, ``1`` and ``1.0``, composed and decomposed accents."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.missing import is_missing_word
from tlzoo.data.splitting.split_names import split_of
from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tlzoo.data.contract import Samples

_WHOLE = re.compile(r"([+-]?\d+)\.0*")
_SHOWN = 3


def spelling(name: str) -> str:
    r"""Return the normalized spelling, the same for labels that look alike.

    Unicode compatibility forms and case are folded, invisible characters dropped, blanks joined; ``1.0`` becomes ``1``.

    >>> spelling("Good\u200b "), spelling("1.0")
    ('good', '1')
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    visible = "".join(each for each in folded if unicodedata.category(each) != "Cf")
    joined = " ".join(visible.split())
    whole = _WHOLE.fullmatch(joined)
    return whole[1] if whole else joined


def similar_names(names: Sequence[str]) -> list[list[int]]:
    """Return the groups of two or more names that look alike, as positions in ``names``."""
    groups: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        groups.setdefault(spelling(name), []).append(position)
    return [group for group in groups.values() if len(group) > 1]


def check_labels(samples: Samples, merge: str | None = None) -> Samples:
    """Return the samples with notes on suspicious class names. If ``merge`` is ``"true"``, merge look-alikes.

    A merged class has the name of most of its samples. Raises UsageError for another value of ``merge``.
    """
    if merge not in {None, "true", "false"}:
        raise UsageError(f"merge_labels must be true; got {merge!r}", "use merge_labels=true, or leave it out")
    names = samples.task.class_names
    if not names:
        return samples
    counts = samples.task.class_counts(samples.labels).tolist()
    notes = [*_empty_words(names, counts), *_split_words(names)]
    if groups := similar_names(names):
        shown = "; ".join(", ".join(f"{names[at]!a} ({counts[at]})" for at in group) for group in groups[:_SHOWN])
        more = f"; and {len(groups) - _SHOWN} more" if len(groups) > _SHOWN else ""
        if merge == "true":
            samples = _merged(samples, groups, counts)
            notes.append(f"labels that look alike were merged: {shown}{more}")
        else:
            notes.append(f"labels that look alike are separate classes: {shown}{more}; merge_labels=true merges them")
    return replace(samples, notes=(*samples.notes, *notes)) if notes else samples


def _merged(samples: Samples, groups: Iterable[Sequence[int]], counts: Sequence[int]) -> Samples:
    names = samples.task.names
    kept_of = list(range(len(names)))
    for group in groups:
        best = max(group, key=lambda at: (counts[at], -at))
        for each in group:
            kept_of[each] = best
    kept = sorted(set(kept_of))
    place = np.array([kept.index(each) for each in kept_of], np.int64)
    classes = tuple(names[at] for at in kept)
    task, labels = samples.task.merged(samples.labels, place, classes)
    return replace(samples, task=task, labels=labels)


def _empty_words(names: Sequence[str], counts: Sequence[int]) -> list[str]:
    unlabelled = {"-1"} if _are_codes(names) else set()
    found = [
        (name, count) for name, count in zip(names, counts, strict=True) if is_missing_word(name) or name in unlabelled
    ]
    return [f"the class {name!r} ({count} samples) reads like a missing value" for name, count in found]


def _are_codes(names: Sequence[str]) -> bool:
    """Return whether the classes are -1, 0, 1, …: in scikit-learn, -1 is a sample without a label."""
    others = [name for name in names if name != "-1"]
    return len(names) > len(others) > 1 and "0" in others and all(name.isdecimal() for name in others)


def _split_words(names: Sequence[str]) -> list[str]:
    if len(names) > 1 and all(split_of(name) for name in names):
        return [f"all classes are named like splits ({', '.join(names)}): are these the labels?"]
    return []
