"""A run on texts, from a table to predictions, by a backbone whose samples are strings."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tlzoo import Run

ENTRY = """
[entries."wordy/tiny.words"]
summary = "An entry made for a test"
modality = "text"
loader = "tiny"
licence = "Apache-2.0"
files.weights.source = "package:wordy/weights.h5"
input.kind = "text"
input.tokenizer = "words"
input.sequence_length = 8
features.kind = "vector"
"""
GOOD, BAD, THINGS = ("good", "fine", "great"), ("bad", "awful", "poor"), ("film", "book", "play", "song", "dish")


def plugin() -> None:
    import keras
    import tensorflow as tf

    from tlzoo.backbones import Backbone, Preprocessing, Vector, stages_by_layers
    from tlzoo.plugins import hookimpl

    WORDS = ["good", "fine", "great", "bad", "awful", "poor", "film", "book"]  # noqa: N806

    def join(text):
        return tf.strings.reduce_join(tf.reshape(text, [-1]), separator=" ")

    def load(entry, files, request):
        vectorize = keras.layers.TextVectorization(vocabulary=WORDS, output_sequence_length=8, name="vectorize")
        tokens = keras.Input((8,), dtype="int64", name="tokens")
        table = keras.initializers.RandomNormal(stddev=1.0, seed=1)
        x = keras.layers.Embedding(len(WORDS) + 2, 16, embeddings_initializer=table, name="embedding")(tokens)
        x = keras.layers.GlobalAveragePooling1D(name="mean")(x)
        model = keras.Model(tokens, x, name="wordy")
        stages = stages_by_layers(model, [("words", "mean")])
        return Backbone(model, Preprocessing(join, vectorize, (), "string"), stages, Vector(16), "wordy")

    @hookimpl
    def tlzoo_backbones():
        return {"tiny": load}


@pytest.fixture
def train(distributions, tlzoo, tmp_path: Path) -> Callable[[str], Path]:
    (distributions.add("wordy", plugin, more=ENTRY) / "weights.h5").touch()

    def train(source: str) -> Path:
        how = ("--strategy", "feature-extraction", "--epochs", 30, "-S", "rate=0.05", "--export", "saved-model")
        done = tlzoo("train", "--data", source, "--backbone", "tiny.words", *how, "--out", tmp_path / "runs")
        assert done.code == 0, done.err
        (path,) = (tmp_path / "runs").iterdir()
        return path

    return train


def reviews(path: Path) -> Path:
    rows = [f"a {word} {thing} <b>,{mood}" for mood, words in (("up", GOOD), ("down", BAD))
            for word, thing in product(words, THINGS)]  # fmt: skip
    path.write_text("\n".join(["review,mood", *rows, *rows]) + "\n")
    return path


def test_texts_go_from_a_table_to_predictions(train, tlzoo, tmp_path: Path) -> None:
    table = reviews(tmp_path / "reviews.csv")
    path = train(f"table:{table}?text=review&label=mood")
    run = Run(path)
    assert run.test["accuracy"] == 1.0

    answers = json.loads(tlzoo("predict", path, "what a great song", "such an awful play", "--json").out)
    assert [each["label"] for each in answers] == ["up", "down"]
    assert answers[0]["input"] == "what a great song"
    assert run.predict(["what a great song"])[0]["probabilities"] == pytest.approx(answers[0]["probabilities"])

    lines = tmp_path / "new.txt"
    lines.write_text("what a great song\n\nsuch an awful play\n")
    assert json.loads(tlzoo("predict", path, "--file", lines, "--json").out) == answers
    rows = tlzoo("predict", path, "--file", table).out.splitlines()
    assert len(rows) == 61
    assert "a good film <b>" in rows[1]

    serving = tf.saved_model.load(str(path / "serving")).signatures["serving_default"]
    served = serving(texts=tf.constant(["what a great song", ""]))
    np.testing.assert_allclose(served["probabilities"][0], list(answers[0]["probabilities"].values()), rtol=1e-5)

    assert "&lt;b&gt;" in (path / "report.html").read_text()
    assert json.loads(tlzoo("evaluate", path, "--data", f"table:{table}?text=review&label=mood", "--json").out)[
        "accuracy"
    ] == pytest.approx(1.0)

    assert "no column 'reviw'; did you mean 'review'" in tlzoo("predict", path, "--file", f"{table}?text=reviw").err
    assert "predict needs inputs" in tlzoo("predict", path).err
    assert "No such file" in tlzoo("predict", path, "--file", tmp_path / "none.txt").err


def test_pairs_of_texts_are_given_two_by_two(train, tlzoo, tmp_path: Path) -> None:
    rows = [f"a {word},{thing},{mood}" for mood, words in (("up", GOOD), ("down", BAD))
            for word, thing in product(words, THINGS)]  # fmt: skip
    table = tmp_path / "pairs.csv"
    table.write_text("\n".join(["first,second,mood", *rows, *rows]) + "\n")
    path = train(f"table:{table}?text=first+second&label=mood")
    answers = json.loads(tlzoo("predict", path, "a great", "song", "an awful", "play", "--json").out)
    assert [(each["input"], each["label"]) for each in answers] == [
        (["a great", "song"], "up"),
        (["an awful", "play"], "down"),
    ]
    lines = tmp_path / "new.txt"
    lines.write_text("a great\tsong\nan awful\tplay\n")
    assert json.loads(tlzoo("predict", path, "--file", lines, "--json").out) == answers
    assert len(tlzoo("predict", path, "--file", table).out.splitlines()) == 61
    odd = tlzoo("predict", path, "one", "two", "three")
    assert (odd.code, odd.last) == (
        2,
        "tlzoo: this run takes pairs of texts; got 3 texts; pass two for each prediction",
    )
