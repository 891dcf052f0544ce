"""A preprocessor that uses operations of tensorflow-text, as BERT's of TensorFlow Hub does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import tensorflow as tf
from made_modules import save

from tlzoo.artifacts import describe, text_operations
from tlzoo.backbones import HubLayer
from tlzoo.errors import EntryError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "film", "good", "##ish", "cafe"]


@pytest.fixture(scope="module")
def bert_like(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences to ids of word pieces, lower-cased and without accents."""
    import tensorflow_text

    keys = tf.lookup.KeyValueTensorInitializer(WORDS, tf.range(len(WORDS), dtype=tf.int64))
    table = tf.lookup.StaticVocabularyTable(keys, 1)
    tokenizer = tensorflow_text.BertTokenizer(table, lower_case=True, token_out_type=tf.int64)

    def call(texts):
        pieces = tokenizer.tokenize(texts).merge_dims(1, 2).to_tensor(0, shape=(None, 6))
        return {"ids": tf.cast(pieces, tf.int32), "mask": tf.cast(pieces > 0, tf.int32)}

    function = tf.function(call, input_signature=[tf.TensorSpec((None,), tf.string)], autograph=False)
    return save(tmp_path_factory.mktemp("text") / "module", function, [], [], table=table)


def test_it_is_allowed_and_computes(bert_like: Path) -> None:
    assert "WordpieceTokenizeWithOffsets" in text_operations(bert_like, "x")
    assert describe(bert_like, "x").outputs.keys() == {"ids", "mask"}
    assert HubLayer(str(bert_like))(tf.constant(["A goodish FILM"]))["ids"].numpy().tolist() == [[4, 6, 7, 5, 0, 0]]
    assert HubLayer(str(bert_like))(tf.constant(["Café"]))["ids"].numpy().tolist() == [[8, 0, 0, 0, 0, 0]]


def test_the_error_without_the_package_names_the_install_command(
    bert_like: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow_text", None)
    with pytest.raises(
        EntryError, match=r"of tensorflow-text, which is not installed; pip install 'tlzoo\[text-ops\]'"
    ):
        HubLayer(str(bert_like))
