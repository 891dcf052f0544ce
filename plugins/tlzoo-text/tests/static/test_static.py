"""The packaged embedding: what it makes of texts, and how it trains."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tlzoo.backbones import Backbone, LoadRequest, load_backbone
from tlzoo.errors import BytesRefusedError
from tlzoo_text.static.embedding import MeanOfTokens, UnitLength
from tlzoo_text.static.table import Table, read_table, write_table


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone("text/static.minilm")


def features(backbone: Backbone, texts: list[str]) -> np.ndarray:
    return backbone.model(backbone.preprocessing.normalize(tf.constant(texts))).numpy()


def test_texts_of_one_meaning_are_nearer_than_texts_of_two(backbone: Backbone) -> None:
    one, same, other = features(backbone, ["the cat sat down", "a kitten is sitting", "interest rates rose sharply"])
    assert one @ same > one @ other + 0.2


def test_vectors_have_length_one_and_no_text_gives_zeros(backbone: Backbone) -> None:
    made = features(backbone, ["some words", "", "\N{SNOWMAN}"])
    assert np.linalg.norm(made, axis=1) == pytest.approx([1, 0, 0], abs=1e-6)


def test_common_words_count_less_than_rare_ones(backbone: Backbone) -> None:
    whole, rare, common = features(backbone, ["the violin", "violin", "the"])
    assert whole @ rare > 0.9
    assert whole @ common < 0.5


def test_a_pair_is_read_as_one_text(backbone: Backbone) -> None:
    prepare = backbone.preprocessing.prepare
    assert prepare(tf.constant(["first", "second"])).numpy() == b"first second"
    assert prepare(tf.constant("alone")).numpy() == b"alone"


def test_tokens_are_counted_before_they_are_cut() -> None:
    backbone = load_backbone("text/static.minilm", LoadRequest(sequence_length=8))
    assert backbone.preprocessing.count_tokens is not None
    assert backbone.preprocessing.count_tokens(tf.constant("word " * 20)).numpy() == 20
    assert backbone.preprocessing.normalize(tf.constant(["word " * 20])).shape == (1, 8)


def test_mean_is_weighted_by_scores() -> None:
    layer = MeanOfTokens(3, 2, padding=0)
    layer.build((None, 4))
    layer.load(np.array([[9, 9], [1, 0], [0, 1]]), np.log([1, 1, 3]))
    made = layer(tf.constant([[1, 2, 0, 0], [1, 1, 1, 2], [0, 0, 0, 0]])).numpy()
    assert made == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5], [0, 0]]))


def test_a_vector_of_zeros_has_no_direction() -> None:
    found = UnitLength()(tf.constant([[0.0, 0.0], [3.0, -4.0]])).numpy()
    np.testing.assert_array_equal(found, keras.layers.UnitNormalization()(tf.constant([[0.0, 0.0], [3.0, -4.0]])))
    assert found.tolist()[0] == [0, 0]


def test_gradients_reach_only_existing_tokens() -> None:
    layer = MeanOfTokens(5, 2, padding=0)
    layer.build((None, 2))
    with tf.GradientTape() as tape:
        made = tf.reduce_sum(layer(tf.constant([[3, 4]])) * [[1.0, 2.0]])
    gradients = tape.gradient(made, layer.trainable_variables)
    vectors, scores = sorted((tf.convert_to_tensor(each).numpy() for each in gradients), key=np.ndim, reverse=True)
    assert np.flatnonzero(np.abs(vectors).sum(axis=1)).tolist() == [3, 4]
    assert np.flatnonzero(scores).tolist() == [3, 4]


def test_a_table_comes_back_within_half_a_step(tmp_path: Path) -> None:
    table = Table(np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32), np.zeros(50, np.float32))
    write_table(tmp_path / "table.npz", table)
    step = np.abs(table.vectors).max(axis=1, keepdims=True) / 127
    assert (np.abs(read_table(tmp_path / "table.npz").vectors - table.vectors) <= 0.6 * step).all()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut short", b"\x93NUMPY"])
def test_an_invalid_table_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "table.npz").write_bytes(content)
    with pytest.raises(BytesRefusedError, match="not a table of vectors"):
        read_table(tmp_path / "table.npz")


def test_a_pickle_in_a_table_is_not_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "table.npz", vectors=np.array([{}], object), scales=np.zeros(1), scores=np.zeros(1))
    with pytest.raises(BytesRefusedError, match="allow_pickle"):
        read_table(tmp_path / "table.npz")
