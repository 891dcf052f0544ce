"""Metrics of tagging: precision, recall and F1 of spans, with intervals over texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tlzoo.errors import DataError, TrainingError
from tlzoo.tasks import Figure, ReportSection, Score, wilson_interval

from .annotations.counts import SpanCounts, scores_of, span_counts, types_of
from .annotations.schemes import OUTSIDE

if TYPE_CHECKING:
    from tlzoo.tasks import Labels

    from .annotations.words import WordRule

__all__ = ["TaggingMetrics", "TypeFigures", "standard_error", "tagging_metrics"]

Interval = tuple[float, float]

_DRAWS = 400
_LIMITS = (2.5, 97.5)
_Z = 1.959964
_EQUAL = 1e-12
_OVERALL = (
    "entity_f1",
    "entity_precision",
    "entity_recall",
    "macro_entity_f1",
    "strict_entity_f1",
    "token_accuracy",
)


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """The figures of one type of spans: ``true`` and ``predicted`` are numbers of spans.

    Figures of a type without true and predicted spans are None, and so are intervals of a single text.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    true: int
    predicted: int
    f1_interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class TaggingMetrics:
    """Figures of spans by the definition of seqeval: a span is right if its type, first and last word are.

    ``entity_f1``, ``entity_precision`` and ``entity_recall`` count the spans of all types together (micro);
    ``macro_entity_f1`` is the mean over types with true or predicted spans. ``strict_entity_f1`` only counts predicted
    spans whose tags keep to the scheme. ``unread`` are the words that the network does not read, because the text is
    cut before them or the tokenizer removes them; they are predicted ``O``. ``always_outside`` is the token accuracy of
    always predicting ``O``. Intervals are 95 % bootstrap intervals over texts, or those of Wilson where all
    bootstrap samples are equal, as for an F1 of 1; ``standard_error`` is that of ``entity_f1``.
    """

    examples: int
    words: int
    unread: int
    entity_f1: float
    entity_precision: float
    entity_recall: float
    macro_entity_f1: float
    strict_entity_f1: float
    token_accuracy: float
    always_outside: float
    standard_error: float | None
    per_type: Mapping[str, TypeFigures]
    intervals: Mapping[str, Interval | None]
    tags: tuple[str, ...]
    rule: WordRule
    row_title: ClassVar[str] = "type"
    report: ClassVar[ReportSection] = ReportSection(
        Path(__file__).parent / "templates", "Test texts with the most wrong spans: missed, or predicted wrongly."
    )

    @property
    def score(self) -> Score:
        """The F1 of spans."""
        return Score("entity F1", self.entity_f1, math.nan if self.standard_error is None else self.standard_error)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """F1, precision and recall of spans, macro and strict F1, token accuracy, and numbers of words and texts."""
        titles = ("entity F1", "precision", "recall", "macro F1", "strict F1", "token accuracy")
        return (
            *(
                Figure(name, title, getattr(self, name), "share", self.intervals[name])
                for name, title in zip(_OVERALL, titles, strict=True)
            ),
            Figure("examples", "texts", self.examples, "count"),
            Figure("words", "words", self.words, "count"),
            Figure("unread", "not read", self.unread, "count"),
        )

    @property
    def rows(self) -> Mapping[str, tuple[Figure, ...]]:
        """The figures of each type."""
        return {
            name: (
                Figure("precision", "precision", each.precision, "share"),
                Figure("recall", "recall", each.recall, "share"),
                Figure("f1", "F1", each.f1, "share", each.f1_interval),
                Figure("true", "spans", each.true, "count"),
                Figure("predicted", "predicted", each.predicted, "count"),
            )
            for name, each in self.per_type.items()
        }

    def baseline_note(self, split: str) -> str | None:
        """Return a note if the token accuracy is no better than always predicting ``O``, or words are not read."""
        notes = []
        if self.token_accuracy <= self.always_outside:
            notes.append(
                f"{split} token accuracy {self.token_accuracy:.1%} is no better than always predicting {OUTSIDE!r} "
                f"({self.always_outside:.1%})"
            )
        if self.unread:
            notes.append(
                f"{self.unread} of {self.words} {split} words are not read and count as {OUTSIDE!r}; "
                "a larger --sequence-length reads more"
            )
        return "; ".join(notes) or None

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TaggingMetrics:
        """Return the metrics in a value of ``to_json``."""
        plain = ("examples", "words", "unread", "always_outside", "standard_error", "rule", *_OVERALL)
        return cls(
            **{name: values[name] for name in plain},
            tags=tuple(values["tags"]),
            per_type={
                name: TypeFigures(**{**each, "f1_interval": _interval(each["f1_interval"])})
                for name, each in values["per_type"].items()
            },
            intervals={name: _interval(each) for name, each in values["intervals"].items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the value of ``test`` in the command line's JSON: plain numbers, lists and dictionaries."""
        return asdict(self)


def tagging_metrics(labels: Labels, probabilities: np.ndarray, tags: tuple[str, ...], rule: WordRule) -> TaggingMetrics:
    """Compare placed labels (N,) with probabilities (N, positions, tags).

    Raises:
        DataError: If there are no labels.
        TrainingError: For probabilities that are not numbers.
    """
    if not len(labels):
        raise DataError("there is no labelled example to evaluate on")
    if not np.isfinite(probabilities).all():
        raise TrainingError("the model's predictions are NaN: training has diverged", "use a lower learning rate")
    counts = span_counts(labels, probabilities, tags)
    outside = tags.index(OUTSIDE)
    of_outside = sum(int((each.label.tags == outside).sum()) for each in labels)
    ones = np.ones((1, len(labels)))
    figures, drawn = _figures(counts, ones)[0], _figures(counts, _drawn(len(labels)))
    limits = _limits(drawn, figures, _trials(counts))
    number = len(_OVERALL)
    true, predicted = counts.true.sum(axis=0), counts.predicted.sum(axis=0)
    precision, recall, _ = scores_of(counts.right.sum(axis=0), true, predicted)
    per_type = {}
    for at, name in enumerate(types_of(tags)):
        known = bool(true[at] + predicted[at])
        per_type[name] = TypeFigures(
            float(precision[at]) if known else None,
            float(recall[at]) if known else None,
            float(figures[number + at]) if known else None,
            int(true[at]),
            int(predicted[at]),
            limits[number + at],
        )
    error = _error(drawn[:, 0], limits[0])
    return TaggingMetrics(
        examples=len(labels),
        words=int(counts.words.sum()),
        unread=int(counts.unread.sum()),
        **dict(zip(_OVERALL, figures[:number].tolist(), strict=True)),
        always_outside=of_outside / max(1, int(counts.words.sum())),
        standard_error=error if math.isfinite(error) else None,
        per_type=per_type,
        intervals=dict(zip(_OVERALL, limits[:number], strict=True)),
        tags=tags,
        rule=rule,
    )


def standard_error(counts: SpanCounts) -> float:
    """Return the standard error of the F1 over texts, by the bootstrap; NaN for a single text."""
    number = len(counts.words)
    drawn = _figures(counts, _drawn(number))[:, :1]
    return _error(drawn[:, 0], _limits(drawn, _figures(counts, np.ones((1, number)))[0], _trials(counts))[0])


def _figures(counts: SpanCounts, weights: np.ndarray) -> np.ndarray:
    """Return the overall figures and the F1 of each type for weights of texts: (draws, figures)."""
    sums: Callable[[np.ndarray], np.ndarray] = weights.__matmul__
    true, predicted, right = sums(counts.true), sums(counts.predicted), sums(counts.right)
    precision, recall, f1 = scores_of(*(each.sum(axis=1) for each in (right, true, predicted)))
    strict = scores_of(
        *(sums(each).sum(axis=1) for each in (counts.strict_right, counts.strict_true, counts.strict_predicted))
    )[2]
    of_types = 2 * right / np.maximum(true + predicted, 1)
    known = true + predicted > 0
    macro = (of_types * known).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    accuracy = sums(counts.right_words) / np.maximum(sums(counts.words), 1)
    of_types = np.where(known, of_types, np.nan)
    return np.column_stack([f1, precision, recall, macro, strict, accuracy, of_types])


def _drawn(number: int) -> np.ndarray:
    """Return how often each text is in ``_DRAWS`` bootstrap samples, with a fixed seed: (draws, N).

    A single text is not resampled, because its figures have no spread.
    """
    return (
        np.random.default_rng(0)
        .multinomial(number, np.full(number, 1 / number), _DRAWS if number > 1 else 0)
        .astype(np.float64)
    )


def _trials(counts: SpanCounts) -> np.ndarray:
    """Return the number of different spans, or of words, that each figure is a share of, in the order of figures."""
    union, strict = (
        (true + predicted - right).sum(axis=0)
        for true, predicted, right in (
            (counts.true, counts.predicted, counts.right),
            (counts.strict_true, counts.strict_predicted, counts.strict_right),
        )
    )
    known = union[union > 0]
    overall = [
        union.sum(),
        counts.predicted.sum(),
        counts.true.sum(),
        known.min() if len(known) else 0,  # the mean over types is as uncertain as that of the rarest one, or less
        strict.sum(),
        counts.words.sum(),
    ]
    return np.concatenate([overall, union])


def _limits(drawn: np.ndarray, figures: np.ndarray, trials: np.ndarray) -> list[Interval | None]:
    """Return the 95 % interval of each column of drawn figures (draws, K); None if it is not known.

    Where (almost) all draws are equal, as for an F1 of 1, the bootstrap shows no spread: the interval is that of Wilson
    for the figure as a share of ``trials`` (K,).
    """
    found: list[Interval | None] = []
    for column, figure, count in zip(drawn.T, figures, trials, strict=False):
        known = column[np.isfinite(column)]
        if len(drawn) < 2 or not len(known) or not np.isfinite(figure):  # noqa: PLR2004 - one text has no draws
            found.append(None)
            continue
        low, high = np.percentile(known, _LIMITS)
        if high - low > _EQUAL:
            found.append((float(low), float(high)))
        else:
            found.append(wilson_interval(float(figure * count), int(count)) if count else None)
    return found


def _error(drawn: np.ndarray, interval: Interval | None) -> float:
    """Return the standard error of a figure by its draws, or by its interval if they are equal; NaN if unknown."""
    if interval is None:
        return math.nan
    spread = float(drawn.std(ddof=1))
    return spread if spread > _EQUAL else (interval[1] - interval[0]) / (2 * _Z)


def _interval(value: Any) -> Interval | None:
    return None if value is None else (float(value[0]), float(value[1]))
