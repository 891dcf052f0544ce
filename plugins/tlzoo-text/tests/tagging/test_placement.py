"""Where tokens come from: words and sub-words of random Unicode, for every tokenizer."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo_text.tagging.annotations.placement import first_tokens, origins_of, word_offsets
from tlzoo_text.tagging.annotations.words import RULES, words_of
from tlzoo_text.transformers.preparation import PrepareText
from tlzoo_text.wordpiece import Spelling

TOKENIZERS = ["RobertaBackbone", "XLMRobertaBackbone", "AlbertBackbone"]

TEXTS = [
    "the good film.",
    "  two  spaces ",
    "Crème brûlée à l'été; ÇA VA? don't they've",
    "Cre\u0300me bru\u0302le\u0301e \u0301x",
    "İstanbul Straße Σίσυφος Ёлка",
    "日本語、テスト。 한국어 ภาษาไทย हिन्दी",
    "a 👨‍👩‍👧‍👦 👍🏽 🇩🇪 ☺️b",
    "tab\there\r\n\n\n new\u00a0lines\u3000x",
    "x\x00y\u200bz \u200b q \u00ad",
    "$3.99 & 50% <b>[x]</b> ...",
]


def drawn(count: int = 30) -> list[str]:
    """Return texts of characters drawn from many scripts, some of them spaces."""
    draw = np.random.default_rng(1)
    ranges = [(32, 127), (0xA0, 0x250), (0x300, 0x500), (0x5D0, 0x5EB), (0x904, 0x939), (0x2000, 0x2070)]
    ranges += [(0x4E00, 0x9000), (0xAC00, 0xD7A0), (0xFE00, 0xFE10), (0x1F300, 0x1F6FF)]
    chosen = np.array(ranges)[draw.integers(0, len(ranges), (count, 24))]
    codes = draw.integers(chosen[..., 0], chosen[..., 1])
    codes[draw.random(codes.shape) < 0.2] = 32
    return ["".join(map(chr, row)) for row in codes]


LETTERS = [*map(chr, range(33, 127)), *"áéíóúàèñçßøłđæœþδσκаеисткё한국어日本語हिन्दी👍👨👩☺🏽🇩🇪"]
VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "the",
    "film",
    "##lm",
    "##ood",
    *LETTERS,
    *(f"##{each}" for each in LETTERS),
]


@pytest.fixture(
    scope="module", params=["wordpiece", *(pytest.param(each, marks=pytest.mark.slow) for each in TOKENIZERS)]
)
def prepare(request: pytest.FixtureRequest) -> Any:
    """Return the preparation of texts by each tokenizer."""
    if request.param == "wordpiece":
        spelling = Spelling(list(dict.fromkeys(VOCABULARY)), lowercase=True, strip_accents=True)
        return PrepareText(32, (2,), (3,), (3,), "wordpiece", spelling.of_one, spelling.origins)
    entry = request.getfixturevalue("tiny")(request.param)
    return load_backbone(entry, LoadRequest(weights="random", sequence_length=32)).preprocessing.prepare


def words_by_definition(text: str, rule: str) -> list[tuple[int, int]]:
    """Return words by reading one character after the other."""
    words: list[list[int]] = []
    before = "space"
    for at, character in enumerate(text):
        category = unicodedata.category(character)
        if rule == "space":
            kind = "space" if character in " \t\n\r\v\f" else "letter"
        elif category[0] == "Z" or category == "Cc":
            kind = "space"
        elif category[0] == "M" or category == "Cf":
            kind = before if before != "space" else "letter"
            if before != "space":
                words[-1][1] = at + 1
                continue
        else:
            kind = "mark" if category[0] in "PS" else "letter"
        if kind == "letter" and before == "letter":
            words[-1][1] = at + 1
        elif kind != "space":
            words.append([at, at + 1])
        before = kind
    return [(begin, end) for begin, end in words]


@pytest.mark.parametrize("rule", RULES)
def test_words_are_those_of_their_definition(rule: Any) -> None:
    for text in (*TEXTS, *drawn(), "", " ", "\u0301"):
        assert [tuple(each) for each in words_of(text, rule)] == words_by_definition(text, rule), text


def compiled(prepare: Any) -> Any:
    return tf.function(prepare, input_signature=[tf.TensorSpec((), tf.string)], autograph=False)


def test_every_token_comes_from_its_characters(prepare: Any) -> None:
    tokenize = compiled(prepare)
    for text in (*TEXTS, *drawn()):
        tokens, origins = tokenize(text.encode()).numpy(), origins_of(prepare.origins, text)
        found = origins[origins[:, 0] >= 0]
        assert len(found) == (tokens >= 0).sum() - 2, text  # without the special tokens
        assert (found[:, 0] <= found[:, 1]).all()
        assert (found[:, 1] <= len(text)).all()
        assert (np.diff(found, axis=0) >= 0).all(), text


def test_words_have_the_tokens_that_they_have_alone(prepare: Any) -> None:
    """A word has the pieces that the tokenizer finds for it alone, after a space: words can be told apart.

    SentencePiece takes a zero-width space for a space, so that a word that ends in one shares a piece with the next.
    """
    tokenize = compiled(prepare)

    def pieces(text: str, words: np.ndarray) -> list[list[int]]:
        tokens, origins = tokenize(text.encode()).numpy(), origins_of(prepare.origins, text)
        at = first_tokens(origins, words).tolist()
        inside = [
            [place for place in range(31) if 0 <= origins[place, 0] < end and origins[place, 1] > begin >= 0]
            for begin, end in words.tolist()
        ]
        return [
            [int(tokens[place]) for place in own if place >= first >= 0] for own, first in zip(inside, at, strict=True)
        ]

    for text in (
        " the good film",
        " Crème brûlée à été",
        " 👍🏽 x 🇩🇪",
        *(" " + " ".join(each[:8].replace("\u200b", "").split()) for each in drawn(8)),
    ):
        words = words_of(text, "space")
        for (begin, end), own in zip(words.tolist(), pieces(text, words), strict=True):
            (alone,) = pieces(text[begin - 1 : end], np.array([[1, end - begin + 1]]))
            assert own == alone[: len(own)], (text, text[begin:end])


@pytest.mark.parametrize("rule", RULES)
def test_the_graph_finds_the_words_of_python(rule: Any) -> None:
    spelling = Spelling(list(dict.fromkeys(VOCABULARY)), lowercase=True, strip_accents=True)
    prepare = PrepareText(32, (2,), (3,), (3,), "wordpiece", spelling.of_one, spelling.origins)
    texts = [*TEXTS, *drawn(), "", " "]
    origins = np.stack([origins_of(prepare.origins, text) for text in texts])
    place = tf.function(
        lambda raw, tokens: word_offsets(raw, tokens, rule),
        input_signature=[tf.TensorSpec((None,), tf.string), tf.TensorSpec((None, None, 2), tf.int32)],
        autograph=False,
    )
    starts, ends, words = (each.numpy() for each in place([text.encode() for text in texts], origins))
    for row, text in enumerate(texts):
        of = words_of(text, rule)
        at = first_tokens(origins[row], of)
        expected = np.full((2, origins.shape[1]), -1)
        for number in np.flatnonzero(at >= 0):
            expected[:, at[number]] = of[number]
        assert starts[row].tolist() == expected[0].tolist(), text
        assert ends[row].tolist() == expected[1].tolist(), text
        places = np.flatnonzero(starts[row] >= 0)
        joined = b"".join(words[row, places]).decode()
        assert joined == (text[starts[row, places[0]] : ends[row, places[-1]]] if len(places) else "")


def test_words_without_a_token() -> None:
    words = np.array([[0, 3], [4, 5], [6, 9]])
    tokens = np.array([[-1, -1], [0, 2], [2, 3], [6, 8], [-1, -1]])
    assert first_tokens(tokens, words).tolist() == [1, -1, 3]
    assert first_tokens(np.array([[0, 5], [6, 7]]), words).tolist() == [0, -1, 1]
    assert first_tokens(tokens, np.empty((0, 2), int)).tolist() == []
