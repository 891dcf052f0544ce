"""All networks of Keras Applications, built at the declared size without running them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import keras
import numpy as np
import pytest

from tlzoo.backbones import Backbone, LoadRequest, load_backbone
from tlzoo.plugins import catalog
from tlzoo.zoo.benching.static_figures import measure_backbone
from tlzoo_vision.applications.architectures import STAGES

ENTRIES = [entry for entry in catalog().entries() if entry.loader == "applications"]
RANDOM_INITIALIZERS = (
    keras.initializers.RandomNormal,
    keras.initializers.RandomUniform,
    keras.initializers.TruncatedNormal,
    keras.initializers.VarianceScaling,
)


@pytest.fixture(autouse=True)
def _memory() -> Iterator[None]:
    """Give back each network before the next, so that all of them take no more memory than the largest."""
    yield
    keras.utils.clear_session()  # it collects garbage, too


@pytest.fixture
def _zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use zero weights: the architecture does not depend on them, and initializing millions takes seconds."""
    for initializer in RANDOM_INITIALIZERS:
        monkeypatch.setattr(initializer, "__call__", lambda _, shape, dtype=None: keras.ops.zeros(shape, dtype))


@pytest.mark.slow
@pytest.mark.usefixtures("_zeros")
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.architecture)
def test_a_network_is_what_its_entry_declares(entry) -> None:
    backbone = load_backbone(entry, LoadRequest(weights="random"))
    assert measure_backbone(backbone) == entry.measured
    assert backbone.model.input_shape[1:] == (*entry.input.size, 3)
    assert [stage.name for stage in backbone.stages] == [name for name, _ in STAGES[entry.options["constructor"]]]
    tensors = [len(stage.cut) for stage in backbone.stages if stage.cut is not None]
    assert len(tensors) == len(backbone.stages)
    assert set(tensors) == ({1, 2} if "nasnet" in entry.id else {1})
    assert all(stage.variables for stage in backbone.stages)


def test_a_seed_gives_the_same_weights_and_does_not_change_other_draws() -> None:
    random.seed(7)
    undisturbed = random.random()
    random.seed(7)
    first, again, other = (_weights(seed) for seed in (1, 1, 2))
    assert random.random() == undisturbed
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


def test_layers_are_built_under_the_policy_that_is_asked_for() -> None:
    before = keras.config.dtype_policy()
    backbone = _small(dtype="mixed_bfloat16")
    assert {layer.compute_dtype for layer in backbone.model.layers} == {"bfloat16"}
    assert {variable.dtype for variable in backbone.model.weights} == {"float32"}
    assert keras.config.dtype_policy() == before


def _small(**more: object) -> Backbone:
    return load_backbone("mobilenet-v3-small", LoadRequest(weights="random", image_size=(32, 32), **more))


def _weights(seed: int) -> list[np.ndarray]:
    return [variable.numpy() for variable in _small(seed=seed).model.weights]
