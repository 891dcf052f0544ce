"""Tokenizers in the graph against Hugging Face's; how texts and pairs are packed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tokenizers import BertWordPieceTokenizer, ByteLevelBPETokenizer

from tlzoo.artifacts import resolve
from tlzoo.backbones import load_backbone
from tlzoo.registry import Entry
from tlzoo_text.transformers.byte_pairs import BytePairs
from tlzoo_text.transformers.preparation import PrepareText
from tlzoo_text.wordpiece import Spelling

TEXTS = [
    "",
    "  two  spaces ",
    "the very good film was bad!",
    "Crème brûlée à l'été; ÇA VA? don't they've",
    "İstanbul Straße Σίσυφος Ёлка",
    "日本語、テスト。 한국어 ภาษาไทย हिन्दी",
    "👨‍👩‍👧‍👦 👍🏽 🇩🇪",
    "tab\there\r\n\n\n new   lines  ",
    "x\x00y\u200bz \u3000 \u00a0q",
    "a" * 99 + " " + "b" * 101,
    "$3.99 & 50% <b>[x]</b> 2^8 `~|",
]


def draws() -> list[str]:
    """Return texts of letters drawn from many scripts."""
    draw = np.random.default_rng(0)
    ranges = np.array([(32, 127), (0xA0, 0x250), (0x370, 0x500), (0x5D0, 0x5EB), (0x904, 0x939), (0x4E00, 0x9000)])
    chosen = draw.integers(0, len(ranges), (40, 30))
    codes = draw.integers(ranges[chosen, 0], ranges[chosen, 1])
    return ["".join(map(chr, row)) for row in codes]


@pytest.mark.parametrize("lowercase", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_word_pieces_are_those_of_hugging_face(*, lowercase: bool, tiny: Callable[[str], Entry]) -> None:
    path = resolve(tiny("BertBackbone"))["vocabulary"]
    pieces = path.read_text().split("\n")[:-1]
    own = Spelling(pieces, lowercase=lowercase, strip_accents=lowercase)
    theirs = BertWordPieceTokenizer(str(path), lowercase=lowercase, strip_accents=lowercase)
    for text in (*TEXTS, *draws()):
        assert (
            own.of_one(tf.constant(text), 512).numpy().tolist() == theirs.encode(text, add_special_tokens=False).ids
        ), text


def test_byte_pairs_are_those_of_hugging_face(tiny: Callable[[str], Entry]) -> None:
    files = resolve(tiny("RobertaBackbone"))
    vocabulary = json.loads(files["vocabulary"].read_text())
    merges = [tuple(line.split(" ")) for line in files["merges"].read_text().split("\n")[1:] if line]
    own = BytePairs(vocabulary, merges)
    theirs = ByteLevelBPETokenizer(str(files["vocabulary"]), str(files["merges"]))
    for text in (*TEXTS, *draws()):
        assert own(tf.constant(text), 512).numpy().tolist() == theirs.encode(text).ids, text


def test_a_very_long_text_is_cut_in_bounded_memory(tiny: Callable[[str], Entry]) -> None:
    prepare = load_backbone(tiny("RobertaBackbone")).preprocessing.prepare
    for text in ("y" * 10_000_000, "word " * 2_000_000):
        assert (prepare(tf.constant(text)).numpy() >= 0).all()


def bytes_of(text: tf.Tensor, _most_words: int) -> tf.Tensor:
    return tf.cast(tf.io.decode_raw(text, tf.uint8), tf.int32)


PREPARE = PrepareText(8, (1,), (2, 2), (2,), "bytes", bytes_of)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", [1, 2, -1, -1, -1, -1, -1, -1]),
        ("ab", [1, 97, 98, 2, -1, -1, -1, -1]),
        ("abcdefgh", [1, 97, 98, 99, 100, 101, 102, 2]),
        (["a", "b"], [1, 97, 2, 2, 98, 2, -1, -1]),
        (["abcdef", "x"], [1, 97, 98, 99, 2, 2, 120, 2]),
        (["a", "uvwxyz"], [1, 97, 2, 2, 117, 118, 119, 2]),
        (["abcdef", "uvwxyz"], [1, 97, 98, 2, 2, 117, 118, 2]),
    ],
)
def test_how_texts_and_pairs_are_packed_and_cut(text: str | list[str], tokens: list[int]) -> None:
    assert PREPARE(tf.constant(text)).numpy().tolist() == tokens
    special = 2 if isinstance(text, str) else 4
    assert int(PREPARE.count(tf.constant(text))) == special + len("".join(text))


def test_segments_of_the_second_text(tiny: Callable[[str], Entry]) -> None:
    preprocessing = load_backbone(tiny("BertBackbone")).preprocessing
    ready = preprocessing.normalize(preprocessing.prepare(tf.constant(["good", "bad film"]))[tf.newaxis])
    assert ready["segment_ids"][0, :7].numpy().tolist() == [0, 0, 0, 1, 1, 1, 0]
    assert ready["padding_mask"][0, :7].numpy().tolist() == [1, 1, 1, 1, 1, 1, 0]


def test_the_identity_differs_between_settings(tiny: Callable[[str], Entry], tmp_path: Path) -> None:
    one, other = (load_backbone(tiny(name)).preprocessing.identity for name in ("BertBackbone", "RobertaBackbone"))
    assert one != other
    assert one == load_backbone(tiny("BertBackbone")).preprocessing.identity
