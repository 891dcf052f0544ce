"""FastText's files: read as fastText reads them, refused where they are not sound, and used as a backbone."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tlzoo.backbones import Backbone, LoadRequest
from tlzoo.errors import BytesRefusedError, EntryError
from tlzoo.registry import Entry, Features, File, TextInput
from tlzoo_text.fasttext.binary import read_bin
from tlzoo_text.fasttext.hashing import subword_buckets
from tlzoo_text.fasttext.loading import load_fasttext
from tlzoo_text.fasttext.subwords import subwords_of
from tlzoo_text.fasttext.vectors import read_vec

HERE = Path(__file__).parent
TINY = HERE / "tiny.bin"
EXPECTED = {word: np.array(vector) for word, vector in json.loads((HERE / "tiny.json").read_text("utf-8")).items()}
VEC = "3 2\nthe 1 0\ncat 0 1\n, 0.5 0.5\n"


def entry(path: Path, **options: object) -> Entry:
    return Entry(
        id="local/fasttext.mine",
        plugin="tlzoo-text",
        summary="vectors of a user's own",
        modality="text",
        loader="fasttext",
        files={"vectors": File(f"file:{path}")},
        input=TextInput("text", "words", 64),
        features=Features("vector"),
        licence="CC-BY-SA-3.0",
        options=options,
    )


def load(path: Path, request: LoadRequest | None = None, **options: object) -> Backbone:
    return load_fasttext(entry(path, **options), {"vectors": path}, request or LoadRequest())


def mean_of(backbone: Backbone, *texts: str) -> np.ndarray:
    """Return the mean before it is brought to length one."""
    ready = backbone.preprocessing.normalize(tf.constant(texts))
    return backbone.model.get_layer("embeddings")(ready["token_ids"], ready["weights"]).numpy()


@pytest.fixture
def vec(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.vec"
    path.write_text(VEC, "utf-8")
    return path


def test_vectors_of_words_are_those_of_fasttext() -> None:
    read = read_bin(TINY, 1000)
    for word, expected in EXPECTED.items():
        if word.encode() in read.words:
            assert read.vectors[read.words.index(word.encode())] == pytest.approx(expected, abs=1e-6), word


@pytest.mark.parametrize("word", [word for word in EXPECTED if word != "</s>"])
def test_a_text_of_one_word_is_that_word_known_or_not(word: str) -> None:
    assert mean_of(load(TINY, punctuation=False), word)[0] == pytest.approx(EXPECTED[word], abs=1e-6)


def test_a_text_is_the_mean_of_its_words() -> None:
    made = mean_of(load(TINY), "the unseen bird")
    assert made[0] == pytest.approx(mean_of(load(TINY), "the", "unseen", "bird").mean(axis=0), abs=1e-6)


def test_subwords_in_a_graph_are_those_of_one_word_at_a_time() -> None:
    words = ["bird", "a", "straße", "日本語", "😀", "ж"]
    for longest in (1, 3, 6):
        owners, buckets = subwords_of(tf.constant(words), 1, longest, 997)
        for place, word in enumerate(words):
            ours = sorted(buckets.numpy()[owners.numpy() == place].tolist())
            assert ours == sorted(subword_buckets(word.encode(), 1, longest, 997)), word


def test_a_vec_file_has_its_words_and_skips_others(vec: Path) -> None:
    backbone = load(vec)
    assert mean_of(backbone, "the cat", "the dog", "cat, cat", "dog").tolist() == [
        [0.5, 0.5],
        [1, 0],
        pytest.approx([1 / 6, 5 / 6]),
        [0, 0],
    ]


def test_words_are_limited_to_the_most_frequent(vec: Path) -> None:
    assert read_vec(vec, 2).words == (b"the", b"cat")
    assert len(read_bin(TINY, 5).words) == 5


def test_lower_case_is_an_option(vec: Path) -> None:
    assert mean_of(load(vec), "THE")[0].tolist() == [0, 0]
    assert mean_of(load(vec, lowercase=True), "THE")[0].tolist() == [1, 0]


def test_random_weights_keep_the_words_and_follow_the_seed(vec: Path) -> None:
    first, same, other = (mean_of(load(vec, LoadRequest("random", seed=seed)), "the") for seed in (1, 1, 2))
    assert (first == same).all()
    assert (first != other).any()


def test_saved_and_exported_it_gives_the_same(tmp_path: Path) -> None:
    import keras

    backbone = load(TINY)
    texts = keras.Input((), dtype="string")
    model = keras.Model(texts, backbone.model(backbone.preprocessing.normalize(texts)))
    given = tf.constant(["the unseen bird", "", "naïve straße 😀"])
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    model.export(tmp_path / "serving", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "serving"))
    assert again(given).numpy() == pytest.approx(model(given).numpy())
    assert loaded.serve(given).numpy() == pytest.approx(model(given).numpy())


@pytest.mark.parametrize("length", [0, 3, 20, 80, 120, 300, 1500])
def test_a_bin_that_is_cut_short_is_refused(length: int, tmp_path: Path) -> None:
    (tmp_path / "cut.bin").write_bytes(TINY.read_bytes()[:length])
    with pytest.raises(BytesRefusedError):
        load(tmp_path / "cut.bin")


def _patched(place: int, kind: str, value: int) -> Callable[[bytearray], None]:
    def patch(content: bytearray) -> None:
        struct.pack_into(kind, content, place, value)

    return patch


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        (_patched(4, "<i", 11), "version 11"),
        (_patched(8, "<i", 2**30), "size 1073741824"),
        (_patched(8, "<i", -1), "size -1"),
        (_patched(40, "<i", -5), "-5 buckets"),
        (_patched(40, "<i", 51), "matrix"),
        (_patched(68, "<i", -3), "words"),
        (_patched(68, "<i", 2**31 - 1), "truncated|words"),
        (_patched(84, "<q", 3), "quantized"),
    ],
)
def test_a_bin_with_wrong_numbers_is_refused(patch: Callable[[bytearray], None], reason: str, tmp_path: Path) -> None:
    content = bytearray(TINY.read_bytes())
    patch(content)
    (tmp_path / "wrong.bin").write_bytes(content)
    with pytest.raises(BytesRefusedError, match=reason):
        load(tmp_path / "wrong.bin")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "line 1"),
        (b"\x89PNG\r\n\x1a\n", "line 1"),
        (b"3 2\nthe 1 0\n", "1 of 3 words"),
        (b"2 2\nthe 1 0\ncat 1\n", "line 3: expected a word and 2 numbers"),
        (b"1 2\nthe 1 one\n", "line 2"),
        (b"1 2\nthe 1 nan\n", "line 2: a number is not finite"),
        (b"1 99999999\nthe 1\n", "size 99999999"),
    ],
)
def test_a_vec_that_is_broken_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "broken.vec").write_bytes(content)
    with pytest.raises(BytesRefusedError, match=reason):
        load(tmp_path / "broken.vec")


def test_an_unknown_option_is_refused(vec: Path) -> None:
    with pytest.raises(EntryError, match="unknown option 'lower'"):
        load(vec, lower=True)


def test_an_entry_of_the_users_own_names_a_file(vec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tlzoo.plugins.catalog import catalog

    registry = vec.parent / "mine.toml"
    registry.write_text(
        f"""
        format = 1
        plugin = "tlzoo"
        api = ">=0.2,<0.3"
        namespaces = ["local"]

        [entries."local/fasttext.mine"]
        summary = "vectors of my own"
        modality = "text"
        loader = "fasttext"
        licence = "CC-BY-SA-3.0"
        files.vectors.source = "file:{vec}"
        input = {{ kind = "text", tokenizer = "words", sequence_length = 128 }}
        features.kind = "vector"
        """,
        "utf-8",
    )
    monkeypatch.setenv("TLZOO_REGISTRY", str(registry))
    catalog.cache_clear()
    try:
        from tlzoo.backbones import load_backbone

        assert mean_of(load_backbone("local/fasttext.mine"), "the cat").tolist() == [[0.5, 0.5]]
    finally:
        catalog.cache_clear()
