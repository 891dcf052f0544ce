"""Word dropout in training: the same whether computed anew or kept, and never on what is evaluated."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tlzoo.backbones import Backbone, Preprocessing, Vector, stages_by_layers
from tlzoo.data import Dataset, Samples, split
from tlzoo.heads import Linear
from tlzoo.modalities.augmentation import augmentation_of, augmenter
from tlzoo.modalities.text.texts import Texts
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, head
from tlzoo.tasks import Classification
from tlzoo.training import Setup, SupervisedTrainer

WORDS = ["good", "poor", *(f"filler{number}" for number in range(8))]


def same(text: tf.Tensor) -> tf.Tensor:
    return text


def backbone() -> Backbone:
    vectorize = keras.layers.TextVectorization(vocabulary=WORDS, output_sequence_length=8, name="vectorize")
    tokens = keras.Input((8,), dtype="int64", name="tokens")
    table = keras.initializers.RandomNormal(stddev=1.0, seed=1)
    x = keras.layers.Embedding(len(WORDS) + 2, 16, embeddings_initializer=table, name="embedding")(tokens)
    model = keras.Model(tokens, keras.layers.GlobalAveragePooling1D(name="mean")(x), name="words")
    return Backbone(
        model,
        Preprocessing(same, vectorize, (), "string"),
        stages_by_layers(model, [("words", "mean")]),
        Vector(16),
        "w",
    )


def data() -> Dataset:
    draw = np.random.default_rng(0)
    labels = np.arange(60, dtype=np.int64) % 2
    rows = [" ".join([WORDS[label], *draw.choice(WORDS[2:], 6)]).encode() for label in labels]
    texts = Texts(len(rows), lambda index: (rows[index],), lambda index: f"row {index}")
    return split(Samples("texts:", Classification(("good", "poor")), texts, labels, texts.digests()), seed=0)


def trained(folder: Path, options: dict[str, Any]) -> tuple[str, list[dict[str, Any]], np.ndarray]:
    augmentation = augmentation_of("none", options, "text")
    folder.mkdir()
    setup = Setup(
        backbone=backbone(),
        head=Linear(),
        data=data(),
        seed=0,
        checkpoints=folder / "checkpoints",
        augment=None if augmentation is None else augmenter(augmentation, ()),
    )
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    untrained = np.asarray(trainer.evaluate(state, "test").answers)
    phase = Phase(name="phase", train=head(), budget=Epochs(5), rates=1e-2)
    plan, metrics = trainer.plan(state, phase), MetricsFile(folder / "metrics.jsonl")
    trainer.run(state, phase, 1, plan, metrics)
    return plan.mode, metrics.lines, untrained


def test_cached_views_train_as_the_same_recomputed_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dropout = {"word_dropout": 0.5, "views": 2}
    kept_mode, kept, evaluated = trained(tmp_path / "kept", dropout)
    plain_mode, plain, plainly = trained(tmp_path / "plain", {})
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", "1")
    live_mode, live, _ = trained(tmp_path / "live", dropout)
    assert (kept_mode, live_mode, plain_mode) == ("cached views", "live", "cached features")
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose([line[name] for line in kept], [line[name] for line in live], rtol=1e-5)
    assert kept[0]["loss"] > plain[0]["loss"]
    np.testing.assert_array_equal(evaluated, plainly)
