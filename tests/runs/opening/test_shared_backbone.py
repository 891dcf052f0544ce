"""The backbone of a run set: shared while nothing changes it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from tlzoo.backbones import Backbone, LoadRequest, Vector
from tlzoo.runs.opening.shared_backbone import SharedBackbone


def backbone() -> Backbone:
    inputs = keras.Input((3,))
    x = keras.layers.Dense(2, kernel_initializer="ones", name="dense")(inputs)
    model = keras.Model(inputs, keras.layers.Dropout(0.5, seed=0)(x))
    preprocessing: Any = None  # which sharing does not look at
    return Backbone(model, preprocessing, (), Vector(2), "small")


def taken(shared: SharedBackbone, **fields: Any) -> Backbone:
    return shared.get(LoadRequest(**fields), backbone, lambda _: ("a note",))[0]


def test_unchanged_weights_are_shared_by_all_seeds() -> None:
    shared = SharedBackbone()
    first = taken(shared, seed=0)
    first.model.get_layer("dense").trainable = False  # as a phase does
    assert taken(shared, seed=1) is first
    assert first.model.get_layer("dense").trainable
    assert first.model.get_layer("dense").kernel.trainable
    assert shared.get(LoadRequest(), backbone, lambda _: ())[1] == ("a note",)


def test_a_changed_variable_or_random_state_loads_again() -> None:
    shared = SharedBackbone()
    first = taken(shared)
    first.model.get_layer("dense").kernel.assign_add(np.full((3, 2), 1e-6, np.float32))
    second = taken(shared)
    assert second is not first
    assert (second.model.get_layer("dense").kernel.numpy() == 1).all()
    second.model(np.ones((1, 3)), training=True)  # draws the dropout
    assert taken(shared) is not second


@pytest.mark.parametrize("fields", [{"image_size": (8, 8)}, {"dtype": "mixed_bfloat16"}, {"weights": "random"}])
def test_other_requests_are_not_shared(fields: dict[str, Any]) -> None:
    shared = SharedBackbone()
    first = taken(shared, **fields)
    assert taken(shared) is not first
    again = SharedBackbone()
    assert (taken(again, **fields) is taken(again, **fields)) == ("weights" not in fields)
