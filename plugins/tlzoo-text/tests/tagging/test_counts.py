"""Spans and their scores against seqeval's definition."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from seqeval import scheme
from seqeval.metrics import f1_score
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support

from tlzoo_text.tagging.annotations.counts import compared, scores_of, spans_of, types_of
from tlzoo_text.tagging.annotations.labels import PlacedTags, TaggedText, label_array
from tlzoo_text.tagging.annotations.schemes import tag_names
from tlzoo_text.tagging.annotations.words import words_of
from tlzoo_text.tagging.answers import read_spans
from tlzoo_text.tagging.metrics import tagging_metrics
from tlzoo_text.tagging.task import Tagging

BIO, IOBES = tag_names(("LOC", "PER")), tag_names(("LOC", "PER"), ends=True)


def found(tags: str, *, strict: bool = False, names: tuple[str, ...] = BIO) -> list[tuple[str, int, int]]:
    """Return the spans of tags such as ``B-PER I-PER O``: type, first and last word."""
    spans = spans_of(np.array([names.index(each) for each in tags.split()], np.int64), names)
    rows = zip(spans.types, spans.begins, spans.lasts, spans.is_strict, strict=True)
    return [(types_of(names)[kind], int(begin), int(last)) for kind, begin, last, own in rows if own or not strict]


def by_definition(sequence: list[str]) -> set[tuple[str, int, int]]:
    """Return the spans by the rules of conlleval, written independently: a state machine over pairs of tags."""
    spans, begin = set(), None
    for at, (before, tag) in enumerate(pairwise(["O", *sequence, "O"])):
        kinds = before[2:], tag[2:]
        if begin is not None and (kinds[0] != kinds[1] or before[0] in "ES" or tag[0] in "BSO"):
            spans.add((kinds[0], begin, at - 1))
            begin = None
        if tag != "O" and begin is None:
            begin = at
    return spans


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("O O O B-PER I-PER I-PER O", [("PER", 3, 5)]),  # the first example of seqeval's documentation, with its types
        ("B-PER I-PER O B-LOC", [("PER", 0, 1), ("LOC", 3, 3)]),  # that of its get_entities
        ("O I-PER I-PER O", [("PER", 1, 2)]),
        ("B-PER I-LOC", [("PER", 0, 0), ("LOC", 1, 1)]),
        ("B-PER B-PER", [("PER", 0, 0), ("PER", 1, 1)]),
        ("I-LOC", [("LOC", 0, 0)]),
        ("O", []),
    ],
)
def test_spans_of_bio(tags: str, expected: list[tuple[str, int, int]]) -> None:
    assert found(tags) == expected


def test_the_strict_definition_leaves_out_spans_that_break_the_scheme() -> None:
    assert found("O I-PER O B-LOC I-LOC I-PER", strict=True) == [("LOC", 3, 4)]
    assert found("B-PER O S-LOC B-LOC E-LOC E-PER", strict=True, names=IOBES) == [("LOC", 2, 2), ("LOC", 3, 4)]


@pytest.mark.parametrize("gap", [" ", " \u200b ", " \u200b \u200b "], ids=["none", "one word", "two words"])
def test_predictions_and_evaluation_have_the_same_rule_for_words_that_are_not_read(gap: str) -> None:
    text = f"New{gap}York"
    words = words_of(text, "marks")
    label = TaggedText(text, words, np.zeros(len(words), np.int16))
    likely = np.array([BIO.index("B-LOC"), BIO.index("I-LOC")])
    at = np.array([0, *[-1] * (len(words) - 2), 1])
    second = len(text) - 4
    row = {
        "probabilities": np.eye(len(BIO))[likely],
        "starts": np.array([0, second]),
        "ends": np.array([3, len(text)]),
        "words": np.array([text[:second].encode(), b"York"], object),
    }
    answer = read_spans(row, BIO, "marks")
    evaluated = spans_of(PlacedTags(label, at, 2).answered(likely, BIO.index("O")), BIO)
    assert answer is not None
    assert [(each["start"], each["end"]) for each in answer["spans"]] == [
        (words[first, 0], words[last, 1]) for first, last in zip(evaluated.begins, evaluated.lasts, strict=True)
    ]
    assert len(answer["spans"]) == (1 if len(words) == 2 else 2)
    assert [each["text"] for each in answer["spans"]] == [text[each["start"] : each["end"]] for each in answer["spans"]]


@pytest.mark.parametrize("names", [BIO, IOBES], ids=["bio", "iobes"])
def test_spans_of_random_tags(names: tuple[str, ...]) -> None:
    draw = np.random.default_rng(0)
    for _ in range(300):
        sequence = [names[each] for each in draw.integers(0, len(names), int(draw.integers(0, 9)))]
        assert set(found(" ".join(sequence), names=names)) == by_definition(sequence), sequence


def test_scores_of_random_tags_are_those_of_seqeval() -> None:
    draw = np.random.default_rng(0)
    for names, strict in ((BIO, scheme.IOB2), (IOBES, scheme.IOBES)):
        sides = [[draw.integers(0, len(names), 6) for _ in range(40)] for _ in range(2)]
        counts = compared(*sides, names, [0] * 40)
        words = [[[names[tag] for tag in each] for each in side] for side in sides]
        options = {"average": None, "zero_division": 0}
        ours = scores_of(*(each.sum(axis=0) for each in (counts.right, counts.true, counts.predicted)))
        theirs = precision_recall_fscore_support(*words, **options)
        np.testing.assert_allclose(ours, theirs[:3])
        strictly = (counts.strict_right, counts.strict_true, counts.strict_predicted)
        f1 = scores_of(*(each.sum() for each in strictly))[2]
        assert f1 == pytest.approx(f1_score(*words, mode="strict", scheme=strict, zero_division=0))


def test_words_that_are_not_read_are_missed() -> None:
    true = [np.array([BIO.index(each) for each in ("B-PER", "I-PER", "O", "B-LOC")])]
    counts = compared(true, [np.array([BIO.index(each) for each in ("B-PER", "I-PER", "O", "O")])], BIO, [1])
    assert counts.true.tolist() == [[1, 1]]
    assert counts.right.tolist() == [[0, 1]]
    assert (counts.words[0], counts.right_words[0], counts.unread[0]) == (4, 3, 1)


@pytest.mark.parametrize("right", [True, False])
def test_figures_at_their_limits_have_an_interval_and_a_standard_error(right: bool) -> None:  # noqa: FBT001
    tags = np.array([BIO.index(each) for each in ("B-PER", "I-PER", "O")], np.int16)
    words = np.array([[0, 1], [2, 3], [4, 5]])
    labels = label_array([PlacedTags(TaggedText("a b c", words, tags), np.arange(3), 3)] * 4)
    likely = tags if right else np.zeros(3, int)
    metrics = tagging_metrics(labels, np.stack([np.eye(len(BIO))[likely]] * 4), BIO, "space")
    assert metrics.entity_f1 == right
    low, high = metrics.intervals["entity_f1"]
    assert high - low == pytest.approx(0.4899, abs=1e-4)  # Wilson's interval of 4 in 4, or of 0 in 4
    assert metrics.entity_f1 == pytest.approx(high if right else low)
    assert metrics.standard_error == pytest.approx((high - low) / (2 * 1.96), abs=1e-4)
    assert metrics.per_type["PER"].f1_interval == (low, high)
    assert metrics.per_type["LOC"].f1_interval is None
    low, high = metrics.intervals["token_accuracy"]
    assert low < metrics.token_accuracy <= high
    one = tagging_metrics(labels[:1], np.eye(len(BIO))[likely][None], BIO, "space")
    assert one.standard_error is None
    assert set(one.intervals.values()) == {None}
    assert [each.title for each in metrics.figures if each.unit == "count"] == ["texts", "words", "not read"]


def test_equal_answers_are_those_of_words() -> None:
    label = PlacedTags(TaggedText("a b", np.array([[0, 1], [2, 3]]), np.zeros(2, np.int16)), np.array([1, -1]), 4)
    one, other = np.eye(5)[[[0, 1, 2, 3]]], np.eye(5)[[[4, 1, 4, 3]]]
    assert Tagging(BIO).equal_answers(one, other, None, label_array([label])).tolist() == [1.0]
    assert Tagging(BIO).equal_answers(one, other, None).tolist() == [0.5]
