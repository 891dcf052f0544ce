"""The gradients of each stage, relative to its weights."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tlzoo.runs.executing.driver import drive
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.strategies import GradientNorms, Surgical
from tlzoo.training import Setup, SupervisedTrainer


@pytest.fixture
def prepared(make_setup: Callable[..., Setup]):
    trainer = SupervisedTrainer()
    return trainer, trainer.prepare(make_setup())


def test_they_are_those_of_the_mean_loss_of_the_whole_model(prepared) -> None:
    trainer, state = prepared
    answer = trainer.probe(state, GradientNorms())
    data, network = state.setup.data, state.network
    images = np.stack([image.numpy() for image in data.examples.stream(data.train)]).astype("float32")
    stages = network.parts.stages
    learned = {
        name: [v for v in network.backbone.model.trainable_variables if v.path in stages[name]] for name in stages
    }
    with tf.GradientTape() as tape:
        probabilities = network.whole(keras.layers.Softmax(dtype="float32"))(images, training=False)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(data.labels[data.train], probabilities))
    gradients = tape.gradient(loss, {name: [v.value for v in learned[name]] for name in learned})
    for name in stages:
        expected = tf.linalg.global_norm(gradients[name]) / tf.linalg.global_norm([v.value for v in learned[name]])
        assert answer.number(name) == pytest.approx(float(expected), rel=1e-3)


def test_the_weights_are_left_and_a_second_answer_is_the_same(prepared) -> None:
    trainer, state = prepared
    before = {path: variable.numpy() for path, variable in state.network.variables.items()}
    assert trainer.probe(state, GradientNorms()) == trainer.probe(state, GradientNorms())
    for path, variable in state.network.variables.items():
        np.testing.assert_array_equal(variable.numpy(), before[path], err_msg=path)


def test_surgery_follows_them(prepared, tmp_path: Path) -> None:
    trainer, state = prepared
    journal, metrics = Journal(tmp_path / "journal.jsonl"), MetricsFile(tmp_path / "metrics.jsonl")
    outcome = drive(trainer, state, Surgical(), journal, metrics, str)
    (asked,) = [event for event in journal.events if event["event"] == "probe"]
    strongest = max(asked["answer"], key=asked["answer"].get)
    assert [done.phase.name for done in outcome.phases] == ["head", f"surgery on {strongest}"]
