"""Spans in sequences of tags, and numbers of true, predicted and right ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .schemes import OUTSIDE, marks_ends, type_of

if TYPE_CHECKING:
    from tlzoo.tasks import Labels

__all__ = ["SpanCounts", "Spans", "compared", "scores_of", "span_counts", "spans_of", "types_of"]

_FIRST, _LAST = frozenset("BS"), frozenset("ES")


class Spans(NamedTuple):
    """Spans of a sequence: type index, first and last word, and whether the strict definition has it, (spans,) each."""

    types: np.ndarray
    begins: np.ndarray
    lasts: np.ndarray
    is_strict: np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class SpanCounts:
    """Numbers for each of N texts.

    ``true``, ``predicted`` and ``right`` are int64 (N, types); those that begin with ``strict_`` are by the strict
    definition. ``words`` and ``right_words`` are int64 (N,), and so are ``unread``, the words without a token of their
    own.
    """

    true: np.ndarray
    predicted: np.ndarray
    right: np.ndarray
    strict_true: np.ndarray
    strict_predicted: np.ndarray
    strict_right: np.ndarray
    words: np.ndarray
    right_words: np.ndarray
    unread: np.ndarray


def types_of(tags: Sequence[str]) -> tuple[str, ...]:
    """Return the types of tags, sorted."""
    return tuple(sorted({type_of(tag) for tag in tags} - {""}))


def spans_of(sequence: np.ndarray, tags: tuple[str, ...]) -> Spans:
    """Return the spans of tags, int (words,), as ``seqeval`` finds them by default.

    A span also begins where a tag within it has no beginning, as ``I-PER`` after ``O``, and where the type changes:
    the rules of the script ``conlleval`` of CoNLL-2000. By the strict definition, a span begins with B or S, and ends
    with E or S if the scheme marks ends.

    Source: https://github.com/chakki-works/seqeval, ``get_entities`` and the mode ``strict``.
    """
    table = _table(tags)
    cur = np.concatenate([sequence, [table.outside]])
    before = np.concatenate([[table.outside], sequence])
    ends, starts = np.flatnonzero(table.ends[before, cur]), np.flatnonzero(table.starts[before, cur])
    begins = starts[np.searchsorted(starts, ends, side="left") - 1]
    lasts = ends - 1
    strict = table.first[cur[begins]] & table.last[cur[lasts]]
    return Spans(table.types[cur[lasts]], begins, lasts, strict)


def span_counts(labels: Labels, answers: np.ndarray, tags: tuple[str, ...]) -> SpanCounts:
    """Compare placed labels (N,) with probabilities (N, positions, names). Unread words are predicted ``O``."""
    outside = tags.index(OUTSIDE)
    true = [each.label.tags for each in labels]
    predicted = [each.answered(likely, outside) for each, likely in zip(labels, answers.argmax(axis=-1), strict=True)]
    return compared(true, predicted, tags, [int((each.at < 0).sum()) for each in labels])


def compared(
    true: Sequence[np.ndarray], predicted: Sequence[np.ndarray], tags: tuple[str, ...], unread: Sequence[int]
) -> SpanCounts:
    """Compare the true and the predicted tags of N texts, int (words,) each."""
    count, kinds = len(true), len(types_of(tags))
    sums = np.zeros((6, count, kinds), np.int64)
    for row, (one, other) in enumerate(zip(true, predicted, strict=True)):
        sums[:, row] = _counted(spans_of(one, tags), spans_of(other, tags), kinds)
    words = np.array([len(each) for each in true], np.int64)
    right = np.array([(one == other).sum() for one, other in zip(true, predicted, strict=True)], np.int64)
    return SpanCounts(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], words, right, np.array(unread, np.int64))


def scores_of(right: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return precision, recall and F1 of numbers of spans; 0 where they are undefined, as in ``seqeval``."""
    precision, recall = right / np.maximum(predicted, 1), right / np.maximum(true, 1)
    return precision, recall, 2 * right / np.maximum(true + predicted, 1)


def _counted(true: Spans, predicted: Spans, kinds: int) -> np.ndarray:
    """Return numbers of true, predicted and right spans of each type, then those of strict ones: int64 (6, types)."""
    found = []
    for strict in (False, True):
        sides = []
        for each in (true, predicted):
            kept = each.is_strict if strict else np.ones(len(each.types), bool)
            sides.append(list(zip(*(column[kept].tolist() for column in each[:3]), strict=True)))
        shared = set(sides[0]) & set(sides[1])
        found += [np.bincount([kind for kind, *_ in side], minlength=kinds) for side in (*sides, list(shared))]
    return np.array(found, np.int64)


class _Table(NamedTuple):
    """What a tag means after another one: ``starts`` and ``ends`` are bool (tags, tags), by earlier and later tag.

    ``first`` and ``last`` say whether a strict span may begin or end with a tag; ``types`` has its type, -1 for ``O``.
    """

    starts: np.ndarray
    ends: np.ndarray
    first: np.ndarray
    last: np.ndarray
    types: np.ndarray
    outside: int


@cache
def _table(tags: tuple[str, ...]) -> _Table:
    kinds, letters = types_of(tags), [tag[0] for tag in tags]
    has_ends = marks_ends(tags)
    pairs = [[(one, other) for other in tags] for one in tags]
    return _Table(
        np.array([[_starts(*pair) for pair in row] for row in pairs]),
        np.array([[_ends(*pair) for pair in row] for row in pairs]),
        np.array([letter in _FIRST for letter in letters]),
        np.array([letter in _LAST or not has_ends for letter in letters]),
        np.array([kinds.index(type_of(tag)) if tag != OUTSIDE else -1 for tag in tags]),
        tags.index(OUTSIDE),
    )


def _starts(before: str, tag: str) -> bool:
    """Return whether a span begins at ``tag``: seqeval's ``start_of_chunk``."""
    if tag == OUTSIDE:
        return False
    return tag[0] in _FIRST or before[0] in "ESO" or type_of(before) != type_of(tag)


def _ends(before: str, tag: str) -> bool:
    """Return whether the span of ``before`` ends before ``tag``: seqeval's ``end_of_chunk``."""
    if before == OUTSIDE:
        return False
    return before[0] in _LAST or tag[0] in "BSO" or type_of(before) != type_of(tag)
