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
FAMILIES = [
    "convnext-tiny",
    "densenet121",
    "efficientnet-b0",
    "efficientnet-v2-b0",
    "inception-resnet-v2",
    "inception-v3",
    "mobilenet",
    "mobilenet-v2",
    "mobilenet-v3-small",
    "nasnet-mobile",
    "resnet50",
    "resnet50-v2",
    "vgg16",
    "xception",
]
"""The smallest network of each; the others have more of the same blocks. `tests/benchmarks/cuts.py` proves any."""
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


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_both_parts_of_every_cut_equal_the_whole_network(name: str) -> None:
    entry = catalog().get(f"keras/{name}.imagenet")
    backbone = load_backbone(entry, LoadRequest(weights="random", image_size=entry.input.smallest))
    pixels = np.random.default_rng(0).normal(size=(2, *backbone.preprocessing.shape)).astype("float32")
    cuts = [*(list(stage.cut) for stage in backbone.stages[:-1]), list(backbone.model.outputs)]
    crossings = keras.Model(backbone.model.inputs, cuts)([pixels], training=False)
    np.testing.assert_array_equal(crossings[-1][0], backbone.model(pixels, training=False))
    for cut, crossing, above, expected in zip(cuts, crossings, cuts[1:], crossings[1:], strict=False):
        new = {id(tensor): value for tensor, value in zip(above, expected, strict=True)}
        for passed in cut:
            new.pop(id(passed), None)
        between = keras.Model(
            cut, [tensor for tensor in above if id(tensor) in new]
        )  # refused if a path avoids the cut
        for came, value in zip(keras.tree.flatten(between(crossing, training=False)), new.values(), strict=True):
            np.testing.assert_array_equal(came, value)


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
