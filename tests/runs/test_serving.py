"""A run's SavedModel answers for the run's classes, or it is refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tlzoo.errors import BytesRefusedError
from tlzoo.runs.results.serving import check_answers, check_input, serving_signature
from tlzoo.tasks import Classification, Regression

FOLDER = Path("run/serving")
WORDS = np.array([b"a", b"b"], object)
LETTERS = Classification(("a", "b", "c"))


def test_answers_of_the_runs_classes_are_taken() -> None:
    check_answers({"label": WORDS, "probabilities": np.ones((2, 3), np.float32)}, 2, LETTERS, FOLDER)
    check_answers({"predictions": np.ones((2, 1), np.float32)}, 2, Regression(("price",)), FOLDER)


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        ({"label": WORDS, "probabilities": np.ones((2, 2), np.float32)}, "but the run has 3 classes"),
        ({"label": WORDS, "probabilities": np.ones((1, 3), np.float32)}, "2 inputs give an array of shape \\(1, 3\\)"),
        ({"features": np.ones((2, 3), np.float32)}, "it returns features"),
        ({"label": WORDS[:1], "probabilities": np.ones((2, 3), np.float32)}, "it returns label, probabilities"),
        ({"label": np.array(b"a", object), "probabilities": np.float32(1)}, "it returns label, probabilities"),
        ({"label": np.ones(2), "probabilities": np.ones((2, 3), np.float32)}, "it returns label, probabilities"),
    ],
)
def test_answers_of_another_model_are_refused(answered: dict[str, Any], said: str) -> None:
    with pytest.raises(BytesRefusedError, match=said):
        check_answers(answered, 2, LETTERS, FOLDER)


def serving(*taken: tf.TensorSpec) -> SimpleNamespace:
    signature = tf.function(lambda **_: {"probabilities": tf.ones((1, 2))}).get_concrete_function(
        **{f"input{number}": each for number, each in enumerate(taken)}
    )
    return SimpleNamespace(signatures={"serving_default": signature})


def test_a_signature_of_texts_or_files_is_taken() -> None:
    _, name, taken = serving_signature(serving(tf.TensorSpec([None, 2], tf.string)), FOLDER)
    assert (name, taken.shape[1:]) == ("input0", (2,))
    check_input("string", taken, FOLDER)


def test_a_signature_of_another_type_is_refused() -> None:
    _, _, taken = serving_signature(serving(tf.TensorSpec([None, 2], tf.float32)), FOLDER)
    with pytest.raises(BytesRefusedError, match="it takes float32"):
        check_input("string", taken, FOLDER)


@pytest.mark.parametrize(
    "taken",
    [
        [tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.string)],
        [tf.TensorSpec(None, tf.string)],
    ],
)
def test_another_signature_is_refused(taken: list[tf.TensorSpec]) -> None:
    with pytest.raises(BytesRefusedError, match="is not the model of a run"):
        serving_signature(serving(*taken), FOLDER)


def test_no_signature_is_refused() -> None:
    with pytest.raises(BytesRefusedError, match="it has 0 inputs"):
        serving_signature(SimpleNamespace(signatures={}), FOLDER)
