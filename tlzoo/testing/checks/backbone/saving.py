"""Checks that saving and loading preserve the model."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.testing.checks.backbone.loading import deterministic
from tlzoo.testing.outcome import expect
from tlzoo.testing.session import check
from tlzoo.testing.tensors import expect_equal

if TYPE_CHECKING:
    import keras

    from tlzoo.testing.subject import BackboneSubject

__all__ = ["preprocessing_in_the_saved_model", "save_and_reload_equal"]


@check(deterministic)
def save_and_reload_equal(subject: BackboneSubject) -> None:
    """Check that saving and loading in safe mode preserves all variables bit for bit, and the output."""
    model = subject.backbone.model
    reloaded = _through_a_file(model)
    before, after = [each.numpy() for each in model.weights], [each.numpy() for each in reloaded.weights]
    expect(len(before) == len(after), f"{len(before)} variables were saved, but {len(after)} were loaded")
    for variable, one, other in zip(model.weights, before, after, strict=True):
        same = one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        expect(same, f"{variable.path} has different values after loading")
    expect_equal(subject.expected, reloaded(subject.ready(subject.backbone), training=False), "after reloading")


@check(save_and_reload_equal)
def preprocessing_in_the_saved_model(subject: BackboneSubject) -> None:
    """Check that ``normalize`` and model, saved and loaded as one, give the same output for samples."""
    import keras
    import tensorflow as tf

    backbone = subject.backbone
    samples = keras.Input(backbone.preprocessing.shape, dtype=backbone.preprocessing.dtype, name="samples")
    wrapped = keras.Model(samples, backbone.model(backbone.preprocessing.normalize(samples)), name="wrapped")
    reloaded = _through_a_file(wrapped)
    outputs = reloaded(tf.constant(subject.samples(backbone)), training=False)
    expect_equal(subject.expected, outputs, "after reloading")


def _through_a_file(model: keras.Model) -> keras.Model:
    import keras

    with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as folder:
        path = Path(folder, "model.keras")
        model.save(path)
        return keras.saving.load_model(path, compile=False, safe_mode=True)
