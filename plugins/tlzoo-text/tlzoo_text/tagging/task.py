"""The task of token tagging."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from tlzoo.errors import DataError, UsageError
from tlzoo.tasks import PLAIN, Decision, DescribedAnswer, MultiLabel, Task

from .annotations.checks import check_names, check_types, types_in
from .annotations.conversion import in_scheme
from .annotations.counts import span_counts, spans_of, types_of
from .annotations.labels import PlacedTags, TaggedText, label_array
from .annotations.placement import word_offsets
from .annotations.schemes import OUTSIDE, is_tag, marks_ends, tag_names
from .annotations.words import RULES, WordRule
from .answers import compared_pieces, listed_spans, read_spans
from .criterion import TaggingCriterion
from .in_memory import tagged_texts
from .metrics import TaggingMetrics
from .outcomes import kept_spans, span_outcomes
from .reading import WrittenSpans, WrittenTags, read_written

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.tasks import (
        KeptAnswers,
        Labels,
        Metrics,
        Outcomes,
        OutputForm,
        Placement,
        Positions,
        ServingAnswers,
        TaskOptions,
        TextPiece,
    )

__all__ = ["Tagging"]

_SEQUENCE = 3


@dataclass(frozen=True, slots=True)
class Tagging(Task):
    """Token tagging: one of ``tags`` for each word of a text. Tags mark spans, in BIO or IOBES.

    Labels are ``TaggedText`` values (N,); placed by a tokenizer, they are ``PlacedTags``. ``rule`` is the division of
    texts into words for predictions.
    """

    tags: tuple[str, ...]
    rule: WordRule = "space"
    kind: ClassVar[str] = "tagging"
    output_form: ClassVar[OutputForm] = "sequence"
    head: ClassVar[str | None] = "tagger"
    balances: ClassVar[Any] = ("none", "class-weights")
    names_of_labels: ClassVar[bool] = True
    score_unit: ClassVar[Any] = "share"
    hub_task: ClassVar[str] = "token-classification"
    metrics_key: ClassVar[str] = "entity_f1"
    rows_key: ClassVar[str] = "per_type"
    serving_outputs: ClassVar[Any] = MappingProxyType(
        {"probabilities": "sequences", "tags": "words", "starts": "offsets", "ends": "offsets", "words": "words"}
    )

    @classmethod
    def example(cls) -> Task:
        """Return a task of two types."""
        return cls(tag_names(("LOC", "PER")))

    @classmethod
    def read(cls, rows: Any, names: Any, where: str) -> tuple[Task, Labels]:
        """Return the task and the labels of N arrays of class indices (positions,), -1 for those that do not count.

        Or rows are what ``of_memory`` returns.
        """
        rows = list(rows)
        if rows and all(isinstance(each, WrittenTags | WrittenSpans) for each in rows):
            tagged = read_written(rows)
            if not types_of(tagged.tags):
                raise DataError(f"{where} has no span: every word is {OUTSIDE}", "give tags or spans of a type")
            return cls(tagged.tags, tagged.rule), tagged.labels
        found = []
        highest = -1
        for each in rows:
            tags = np.asarray(each)
            if tags.ndim != 1 or tags.dtype.kind not in "iuf" or not (tags == np.rint(tags)).all():
                what = f"{where}: the tags of a sequence are {tags.dtype} {tags.shape}"
                raise DataError(what, "give class indices (positions,), -1 for positions that do not count")
            highest = max(highest, int(tags.max(initial=-1)))
            found.append(TaggedText.of_positions(tags.astype(np.int64)))
        if names is None:
            raise DataError(f"{where}: class indices have no names", "name the tags, 'O' among them")
        own = tuple(str(name) for name in np.ravel(names))
        check_names(own, where)
        if highest >= len(own):
            raise DataError(f"{where}: a tag has the index {highest}", f"use 0 to {len(own) - 1}")
        return cls(own), label_array(found)

    @classmethod
    def of_memory(cls, inputs: Any, labels: Any, where: str) -> tuple[Any, Any]:
        """Return texts and labels of lists of words with tags, or of texts with spans (start, end, type)."""
        return tagged_texts(inputs, labels, where)

    @classmethod
    def of_names(cls, names: Sequence[str]) -> Task:
        """Return the task of these tags, for texts whose words are separated by spaces."""
        return cls(tuple(names))

    @classmethod
    def of_result(cls, test: Mapping[str, Any]) -> Task | None:
        """Return the task of a run from the JSON of its metrics."""
        tags, rule = test.get("tags"), test.get("rule", "space")
        if not tags:
            return None
        own = tuple(tags)
        if (
            not all(isinstance(each, str) and is_tag(each, "BIES") for each in own)
            or OUTSIDE not in own
            or rule not in RULES
        ):
            raise ValueError(f"the tags are {tags!r:.80}, and texts are divided by {rule!r:.20}")
        return cls(own, cast("WordRule", rule))

    def untested(self) -> Mapping[str, Any]:
        """Return JSON without metrics for ``of_result``."""
        return {"tags": list(self.tags), "rule": self.rule, "per_type": {name: {} for name in self.types}}

    @property
    def names(self) -> tuple[str, ...]:
        """The tags."""
        return self.tags

    @property
    def class_names(self) -> tuple[str, ...]:
        """The tags."""
        return self.tags

    @property
    def types(self) -> tuple[str, ...]:
        """The types of spans."""
        return types_of(self.tags)

    def show(self, label: Any) -> str:
        """Return the spans of a text with their types."""
        whole = label.label if isinstance(label, PlacedTags) else label
        return listed_spans(whole, whole.tags, self.tags)

    def refusal(self, labels: Labels, count: int) -> str | None:
        """Return why these are not the tags of ``count`` texts, or None."""
        if labels.shape != (count,) or not all(isinstance(each, TaggedText) for each in labels):
            return f"labels are {labels.dtype} {labels.shape}, not the tags of {count} texts"
        beyond = max((int(each.tags.max(initial=-1)) for each in labels), default=-1)
        return None if beyond < len(self.tags) else f"tags have indices beyond the {len(self.tags)} names"

    def mismatch(self, labels: Labels, examples: Any) -> str | None:  # noqa: ARG002 - texts only
        """Return an error for inputs that are not single texts, or None."""
        if getattr(examples, "parts", 1) != 1:
            return "inputs are pairs of texts, whose words cannot be tagged"
        return None

    def check_splits(self, labels: Labels, splits: Mapping[str, Positions], name: Callable[[int], str]) -> None:
        """Refuse types of validation or test texts that no training text has."""
        check_types(labels, self.tags, splits, name)

    def label_keys(self, labels: Labels) -> np.ndarray:
        """Return the SHA-256 of the tags of each text, uint8 (N, 32)."""
        return np.frombuffer(b"".join(each.digest for each in labels), np.uint8).reshape(-1, 32)

    def prepared_labels(self, labels: Labels, shape: Sequence[int]) -> Labels:
        """Return labels without texts with their positions: ``PlacedTags`` (N,)."""
        return label_array([each.placed(None, int(shape[0]) if shape else each.positions) for each in labels])

    def placed_labels(self, labels: Labels, placement: Placement) -> Labels:
        """Return the tags at the first token of each word: ``PlacedTags`` (N,).

        Raises:
            UsageError: If the backbone does not say where its tokens are in a text.
        """
        if all(each.text is None for each in labels):
            return self.prepared_labels(labels, placement.shape)
        if placement.origins is None:
            what = "the backbone does not say where its tokens are in a text, so words cannot be tagged"
            raise UsageError(what, "use a transformer, or text/static.minilm")
        length = placement.shape[0] if placement.shape else 0
        return label_array([each.placed(placement.origins, length) for each in labels])

    def strata(self, labels: Labels) -> Positions:
        """Return strata by the sets of types in a text."""
        kinds = self.types
        there = np.zeros((len(labels), max(1, len(kinds))), np.float32)
        for row, each in enumerate(labels):
            for kind in types_in(each, self.tags):
                there[row, kinds.index(kind)] = 1
        return MultiLabel(kinds or (OUTSIDE,)).strata(there)

    def class_members(self, labels: Labels) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each tag with a mask (N,) of the texts that have it."""
        there = np.zeros((len(labels), len(self.tags)), bool)
        for row, each in enumerate(labels):
            there[row, np.unique(each.tags)] = True
        yield from zip(self.tags, there.T, strict=True)

    def merged(self, labels: Labels, place: Positions, classes: Sequence[str]) -> tuple[Task, Labels]:
        """Raise UsageError: merged tags could break the scheme."""
        del labels, place
        raise UsageError(f"tags cannot be merged to {', '.join(classes)}", "rename the types in the file")

    def converted(self, labels: Labels, names: Sequence[str]) -> tuple[Labels, tuple[str, ...]]:
        """Return the tags of other data in this task's scheme, BIO or IOBES, and their names."""
        given = tuple(names)
        if marks_ends(given) == marks_ends(self.tags):
            return labels, given
        return in_scheme(labels, given, ends=marks_ends(self.tags))

    def reindexed(self, labels: Labels, names: Sequence[str]) -> Labels:
        """Convert the tags of other data to this task's."""
        places = np.array([self.tags.index(name) for name in names])
        return label_array([each.renumbered(places) for each in labels])

    def criterion(self, labels: Labels, options: TaskOptions, facts: Mapping[str, Any]) -> TaggingCriterion:  # noqa: ARG002 - it needs none
        """Return the cross-entropy of words, with weights inverse to the frequency of tags if they are balanced."""
        counts = sum((np.bincount(each.tags, minlength=len(self.tags)) for each in labels), np.zeros(len(self.tags)))
        weights = np.ones(len(self.tags))
        if options.balance == "class-weights" and counts.sum():
            there = counts > 0
            weights = np.where(there, counts.sum() / (np.maximum(counts, 1) * there.sum()), 1.0)
        mean = float(counts.sum() / len(labels)) if len(labels) else 1.0
        return TaggingCriterion(self.tags, self.rule, weights.astype(np.float32), max(mean, 1.0))

    def score_name(self, balance: Any) -> str:  # noqa: ARG002 - the same for all
        """Return the F1 of spans."""
        return "entity F1"

    @classmethod
    def read_metrics(cls, values: Mapping[str, Any]) -> Metrics:
        """Return the metrics in a value of ``to_json``."""
        return TaggingMetrics.from_json(values)

    def serving_answers(self, decision: Decision = PLAIN) -> ServingAnswers:  # noqa: ARG002 - of several labels
        """Return probabilities (N, positions, tags) and the most likely tags (N, positions)."""
        names = self.tags

        def answers(odds: tf.Tensor) -> dict[str, tf.Tensor]:
            import tensorflow as tf

            return {"probabilities": odds, "tags": tf.gather(tf.constant(names), tf.argmax(odds, axis=-1))}

        return answers

    def serving_offsets(self, raw: tf.Tensor, origins: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return start and end of the word at its first token, in code points, and the text from it to the next."""
        starts, ends, words = word_offsets(raw, origins, self.rule)
        return {"starts": starts, "ends": ends, "words": words}

    def right_answers(self, labels: Labels, answers: np.ndarray, metrics: Metrics) -> np.ndarray:  # noqa: ARG002 - the same for all
        """Return the share of right words of each text; 1 for a text without words."""
        counts = span_counts(labels, answers, self.tags)
        return np.where(counts.words > 0, counts.right_words / np.maximum(counts.words, 1), 1.0)

    def equal_answers(
        self,
        answers: np.ndarray,
        others: np.ndarray,
        metrics: Metrics,  # noqa: ARG002 - as above
        labels: Labels | None = None,
    ) -> np.ndarray:
        """Return the share of each text's words with the same predicted tag; of all positions without labels."""
        same = answers.argmax(axis=-1) == others.argmax(axis=-1)
        if labels is None:
            shares: np.ndarray = same.mean(axis=1)
            return shares
        words = (row[each.at[each.at >= 0]] for row, each in zip(same, labels, strict=True))
        return np.array([each.mean() if len(each) else 1.0 for each in words])

    def read_answer(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return ``spans`` in the order of the text, and ``read_to``, the end of the last word that was read.

        A span has its ``start`` and ``end`` in the text, in code points, ``label``, ``text``, and ``probability``: the
        lowest one of the tags of its words. Words that are not read are ``O``, as in ``evaluate``.
        """
        return read_spans(row, self.tags, self.rule)

    def describe_answer(self, answer: np.ndarray, metrics: Metrics) -> DescribedAnswer:  # noqa: ARG002 - as above
        """Return the number of spans of each type if every position is a word."""
        kinds = Counter(self.types[kind] for kind in spans_of(answer.argmax(axis=-1), self.tags).types)
        return DescribedAnswer(", ".join(f"{count} {name}" for name, count in kinds.items()) or "no span")

    def describe_example(self, label: Any, answer: np.ndarray, metrics: Metrics) -> DescribedAnswer:  # noqa: ARG002 - as above
        """Return the predicted spans of a text with their types."""
        predicted = label.answered(answer.argmax(axis=-1), self.tags.index(OUTSIDE))
        return DescribedAnswer(listed_spans(label.label, predicted, self.tags))

    def text_pieces(self, label: Any, answer: np.ndarray) -> tuple[list[TextPiece], list[TextPiece]] | None:
        """Return the text with its true spans, and with the predicted ones; None for labels without a text."""
        if label.label.text is None:
            return None
        predicted = label.answered(answer.argmax(axis=-1), self.tags.index(OUTSIDE))
        return compared_pieces(label.label, predicted, self.tags)

    def mistakes(
        self,
        labels: Labels,
        answers: np.ndarray,
        metrics: Metrics,  # noqa: ARG002 - as above
        trained: Labels,  # noqa: ARG002 - of numbers
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the texts with wrong spans, and how many there are: missed or predicted wrongly."""
        counts = span_counts(labels, answers, self.tags)
        wrong = (counts.true + counts.predicted - 2 * counts.right).sum(axis=1)
        rows = np.flatnonzero(wrong)
        return rows, wrong[rows].astype(np.float64)

    def kept_answers(self, labels: Labels, answers: np.ndarray, metrics: Metrics) -> KeptAnswers:  # noqa: ARG002 - as above
        """Return numbers of spans and words of each text, and a hash of its predicted tags."""
        return kept_spans(labels, answers, self.tags)

    def outcomes(self, kept: KeptAnswers) -> Outcomes:
        """Return micro and macro F1, precision, recall and token accuracy, and the F1 of each type."""
        return span_outcomes(kept, self.types)
