"""Keras loads ``model.keras`` of every modality: of images and numbers by itself, of others after ``import tlzoo``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris

import tlzoo

FRESH = """
import json, sys
import keras
import numpy as np
import tensorflow as tf

def answer(path, samples):
    samples = np.array(samples) if isinstance(samples[0], list) else tf.constant(samples)
    return np.asarray(keras.models.load_model(path)(samples, training=False)).tolist()

asked = json.load(sys.stdin)
answers = {name: answer(*given) for name, given in asked["keras"].items()}
assert not [name for name in sys.modules if name.startswith("tlzoo")]
import tlzoo
answers |= {name: answer(*given) for name, given in asked["tlzoo"].items()}
print(json.dumps(answers))
"""
TEXTS = ["a fine book", "a waste of time", "good and kind", "bad and boring"] * 4


@pytest.mark.slow  # another process imports TensorFlow
def test_keras_loads_the_model_of_every_modality(tmp_path: Path) -> None:
    digits, iris = load_digits(), load_iris()
    given: dict[str, tuple[Any, str]] = {
        "vision": ((digits.images[:60] * 15, digits.target[:60] % 2), "glyphnet"),
        "numeric": ((iris.data, iris.target), "numeric/identity.raw"),
        "text": ((TEXTS, [0, 1] * 8), "static"),
    }
    runs = {
        name: tlzoo.train(data, backbone=backbone, strategy="feature-extraction", export=["keras"], out=tmp_path)
        for name, (data, backbone) in given.items()
    }
    runs["rl"] = tlzoo.train(
        "gym:CartPole-v1", backbone="rl/mlp.blank", strategy="from-scratch", steps=1024, export=["keras"], out=tmp_path
    )
    samples = {name: _samples(run) for name, run in runs.items()}
    asked: dict[str, dict[str, Any]] = {"keras": {}, "tlzoo": {}}
    for name, run in runs.items():
        asked["tlzoo" if name == "text" else "keras"][name] = (str(run.path / "model.keras"), samples[name])
    done = subprocess.run(
        [sys.executable, "-c", FRESH], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers = json.loads(done.stdout)
    assert set(answers) == {"vision", "numeric", "text", "rl"}
    for name, run in runs.items():
        import tensorflow as tf

        batch = tf.constant(samples[name]) if name == "text" else np.array(samples[name])
        np.testing.assert_allclose(answers[name], np.asarray(run.model(batch, training=False)), atol=1e-5)


def _samples(run: tlzoo.Run) -> list[Any]:
    shape = run.model.input_shape[1:]
    if not shape:
        return TEXTS[:2]
    samples: list[Any] = np.random.default_rng(0).uniform(0, 1, (2, *shape)).round(3).tolist()
    return samples
