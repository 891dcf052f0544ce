"""Outcomes of tagging: kept numbers of spans, and the figures that runs are compared by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.tasks import Measure, Outcomes, check_kept, macro_mean, ratio

from .annotations.counts import span_counts
from .annotations.schemes import OUTSIDE

if TYPE_CHECKING:
    from tlzoo.tasks import KeptAnswers, Labels

__all__ = ["kept_spans", "span_outcomes"]


def kept_spans(labels: Labels, answers: np.ndarray, tags: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return numbers of right, true and predicted spans (N, types) and of words (N,), and hashes of answers (N,)."""
    counts, outside = span_counts(labels, answers, tags), tags.index(OUTSIDE)
    predicted = [each.answered(one, outside) for each, one in zip(labels, answers.argmax(axis=-1), strict=True)]
    hashes = [hashlib.sha256(each.astype("<i2").tobytes()).digest()[:8] for each in predicted]
    numbers = {"right": counts.right, "true": counts.true, "predicted": counts.predicted}
    numbers |= {"words": counts.words, "right_words": counts.right_words}
    return {name: each.astype(np.int32) for name, each in numbers.items()} | {
        "answer": np.frombuffer(b"".join(hashes), "<i8").astype(np.int64)
    }


def span_outcomes(kept: KeptAnswers, types: Sequence[str]) -> Outcomes:
    """Return the outcomes of these kept answers. Raises ValueError if they are damaged."""
    shape, one = (None, len(types)), (None,)
    right, true, predicted, words, right_words, answer = check_kept(
        kept,
        right=("i", shape),
        true=("i", shape),
        predicted=("i", shape),
        words=("i", one),
        right_words=("i", one),
        answer=("i", one),
    )
    if len({len(each) for each in (right, true, predicted, words, right_words, answer)}) != 1:
        raise ValueError("arrays of different lengths")
    if (right < 0).any() or (right > np.minimum(true, predicted)).any():
        raise ValueError("more right spans than true or predicted ones")
    if (right_words < 0).any() or (right_words > words).any():
        raise ValueError("more right words than words")
    measures = (
        Measure("entity_f1", "entity F1"),
        Measure("macro_entity_f1", "macro F1"),
        Measure("entity_precision", "precision"),
        Measure("entity_recall", "recall"),
        Measure("token_accuracy", "token accuracy"),
        *(Measure("f1", "F1", row=name) for name in types),
    )

    def figures(weights: np.ndarray) -> np.ndarray:
        hit, wanted, found = (weights @ each for each in (right, true, predicted))
        of_types = ratio(2 * hit, wanted + found)
        sums = [each.sum(axis=1) for each in (hit, wanted, found)]
        overall = [
            _defined(2 * sums[0], sums[1] + sums[2]),
            np.nan_to_num(macro_mean(of_types)),
            _defined(sums[0], sums[2]),
            _defined(sums[0], sums[1]),
            ratio(weights @ right_words, weights @ words),
        ]
        return np.concatenate([np.stack(overall, axis=1), of_types], axis=1)

    total = (true + predicted).sum(axis=1)
    quality = np.where(total > 0, 2 * right.sum(axis=1) / np.maximum(total, 1), 1.0)

    def show(row: int) -> tuple[str, str]:
        wanted, found, hit = (int(each[row].sum()) for each in (true, predicted, right))
        return _spans(wanted), f"{_spans(found)}, {hit} right"

    return Outcomes(measures, figures, quality, answer, show)


def _defined(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return ``part / whole``; 0 where it is undefined, as in the metrics."""
    found: np.ndarray = np.nan_to_num(ratio(part, whole))
    return found


def _spans(count: int) -> str:
    return f"{count} span" if count == 1 else f"{count} spans"
