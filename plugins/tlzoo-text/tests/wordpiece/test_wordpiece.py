"""The tokenizer in the graph against the reference, the `tokenizers` package."""

from __future__ import annotations

import random
import unicodedata
from importlib.resources import files
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tokenizers import Tokenizer
from tokenizers.models import WordPiece as ReferenceWordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from tlzoo.errors import EntryError
from tlzoo.modalities import NeedsTensorFlow, normalized_characters, require_modality
from tlzoo_text.instructions import token_instructions
from tlzoo_text.wordpiece import WordPiece, read_vocabulary

VOCABULARY = read_vocabulary(Path(str(files("tlzoo_text") / "weights/static.minilm.vocab.txt")))
CHANGED = {0x1734, 0x1885, 0x1886}
"""Signs of Hanunoo and Mongolian: they changed their category between the versions of Unicode that are compared."""
TEXTS = {
    "plain": "The quick brown fox jumps over the lazy dog.",
    "empty": "",
    "spaces": " \t\n ",
    "accents": "Ünïcödé naïve CAFÉ Ångström Việt Nam",
    "decomposed accents": "e\u0301cole a\u0308rger",
    "emoji": "I love it 🙂🎉 👩‍👩‍👧 ❤️",
    "chinese": "日本語テキスト和中文\uff0c。",
    "korean": "한국어 텍스트",
    "arabic and hebrew": "مرحبا بالعالم שלום",
    "devanagari and thai": "हिन्दी ไทย",
    "cyrillic and greek": "Привет, МИР! Σίσυφος",
    "turkish and german capitals": "İstanbul ẞ STRASSE",
    "ligatures and numbers": "ﬁre ① ½ ٣ x²",
    "punctuation": "don't stop-believing... (e.g.) $5 <a> `b` ~c ¿qué? «non»",
    "pieces": "unaffable electroencephalography supercalifragilistic",
    "no such word": "a ☃☃☃ b",
    "100 characters": "x" * 100,
    "101 characters": "x" * 101 + " after",
    "controls": "a\x00b\x07c\x0bd\x85e\ufffdf\u200bg\u00adh",
    "other spaces": "a\u00a0b\u2003c\u2028d\u3000e",
    "400 words": "antidisestablishmentarianism is not a word, they said. " * 50,
}


@pytest.fixture(scope="module")
def reference() -> Tokenizer:
    tokenizer = Tokenizer(
        ReferenceWordPiece({token: place for place, token in enumerate(VOCABULARY)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer


@pytest.fixture(scope="module")
def layer() -> WordPiece:
    return WordPiece("\n".join(VOCABULARY), 32)


def _is_old(code: int) -> bool:
    return code not in CHANGED and unicodedata.ucd_3_2_0.category(chr(code)) not in {"Cn", "Cs"}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_ids_are_those_of_the_reference(text: str, reference: Tokenizer, layer: WordPiece) -> None:
    assert layer.tokens(tf.constant([text])).to_list() == [reference.encode(text).ids]


def test_a_batch_equals_its_single_texts(reference: Tokenizer, layer: WordPiece) -> None:
    texts = list(TEXTS.values())
    assert layer.tokens(tf.constant(texts)).to_list() == [reference.encode(each).ids for each in texts]


def test_random_characters_give_the_ids_of_the_reference(reference: Tokenizer, layer: WordPiece) -> None:
    """Of characters that the Unicode of 2002 knew: the reference takes categories from an older table than Python's."""
    generator = random.Random(0)
    known = [chr(code) for code in range(1, 0x30000) if _is_old(code)]
    texts = ["".join(generator.choices("abc de,", k=5) + generator.choices(known, k=5)) for _ in range(4000)]
    theirs = [each.ids for each in reference.encode_batch(texts)]
    assert layer.tokens(tf.constant(texts)).to_list() == theirs


@pytest.mark.slow
def test_tokens_without_tensorflow_are_those_of_the_layer(layer: WordPiece, tmp_path: Path) -> None:
    generator = random.Random(1)
    known = [chr(code) for code in (*range(1, 0xD800), *range(0xE000, 0x30000))]
    made = ["".join(generator.choices("abc de,#", k=30) + generator.choices(known, k=8)) for _ in range(60)]
    texts = [*TEXTS.values(), *made, "é" * 3000, "word " * 2000]
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer/vocabulary.txt").write_text("\n".join(VOCABULARY) + "\n")
    instructions = token_instructions(name="ids", kind="wordpiece", length=32, padding=0, most_bytes=64 * 32)
    prepare = require_modality("text").portable_preparation(instructions.settings, tmp_path)
    assert prepare is not None
    wanted = layer(tf.constant(texts)).numpy()
    for text, ids in zip(texts, wanted, strict=True):
        np.testing.assert_array_equal(prepare(text.encode()), ids, err_msg=text[:60])
    np.testing.assert_array_equal(prepare([b"a good", b"film"]), prepare(b"a good film"))
    with pytest.raises(NeedsTensorFlow):
        prepare(b"caf\xe9 noir")


def test_every_character_known_since_2002_is_normalized_as_by_the_reference(reference: Tokenizer) -> None:
    differing = []
    for code in (*range(1, 0xD800), *range(0xE000, 0x30000), *range(0xE0000, 0xE0200)):
        ours = "".join(chr(made) for made, _ in normalized_characters(code))
        if ours.strip() != reference.normalizer.normalize_str(chr(code)).strip():
            differing.append(code)
    assert {code for code in differing if unicodedata.ucd_3_2_0.category(chr(code)) != "Cn"} <= CHANGED


def test_special_tokens_in_a_text_are_letters(layer: WordPiece) -> None:
    ids = layer.tokens(tf.constant(["[SEP]"])).to_list()[0]
    assert [VOCABULARY[each] for each in ids] == ["[", "sep", "]"]


def test_texts_are_truncated_and_padded_to_the_length(layer: WordPiece) -> None:
    ids = layer(tf.constant(["one two", "word " * 100]))
    assert ids.shape == (2, 32)
    assert ids.numpy()[0, 2:].tolist() == [0] * 30
    assert (ids.numpy()[1] == VOCABULARY.index("word")).all()


def test_a_text_of_megabytes_is_not_read_to_its_end(layer: WordPiece) -> None:
    begun = layer(tf.constant(["a small bird " * 200_000]))
    assert begun.numpy().tolist() == layer(tf.constant(["a small bird " * 20])).numpy().tolist()


def test_invalid_utf8_is_skipped(layer: WordPiece) -> None:
    assert layer.tokens(tf.constant([b"bi\xffrd"])).to_list() == [[VOCABULARY.index("bird")]]


def test_saved_with_a_model_it_gives_the_same(layer: WordPiece, tmp_path: Path) -> None:
    texts = keras.Input((), dtype="string")
    model = keras.Model(texts, layer(texts))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    given = tf.constant(list(TEXTS.values()))
    assert (again(given).numpy() == layer(given).numpy()).all()


def test_exported_it_needs_only_tensorflow(layer: WordPiece, tmp_path: Path) -> None:
    module = tf.Module()
    module.f = tf.function(layer.call, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(module, str(tmp_path / "saved"))
    given = tf.constant(list(TEXTS.values()))
    assert (tf.saved_model.load(str(tmp_path / "saved")).f(given).numpy() == layer(given).numpy()).all()


def test_a_file_with_a_token_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\na\na\n")
    with pytest.raises(EntryError, match="a token is duplicated"):
        read_vocabulary(tmp_path / "vocab.txt")
