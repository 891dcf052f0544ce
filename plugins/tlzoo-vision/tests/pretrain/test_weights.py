"""The packaged weights are the recorded ones, small, and fit the network; the network keeps what its docstring says."""

from __future__ import annotations

import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest

import tlzoo_vision.glyphnet as module
from tlzoo_vision.glyphnet import STAGES, glyphnet

WEIGHTS = Path(module.__file__).parent / "weights"
FILE = WEIGHTS / "glyphnet.glyphs.weights.h5"


def test_every_packaged_file_has_the_recorded_hash() -> None:
    recorded = dict(reversed(line.split()) for line in (WEIGHTS / "SHA256SUMS").read_text().splitlines())
    there = {path.name: path for path in WEIGHTS.iterdir() if path.suffix in {".h5", ".npz"}}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()} == recorded


def test_weights_stay_under_five_megabytes() -> None:
    assert FILE.stat().st_size < 5_000_000


def test_weights_fit_whatever_the_image_size() -> None:
    models = [glyphnet(image_size=size, seed=1) for size in (32, 48)]
    for model in models:
        model.load_weights(FILE)
    for one, other in zip(models[0].weights, models[1].weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_every_stage_ends_at_a_separate_layer_in_order() -> None:
    names = [layer.name for layer in glyphnet().layers]
    places = [names.index(last) for _, last in STAGES]
    assert places == sorted(set(places))
    assert names[-1] == STAGES[-1][1]


def test_the_model_is_flat() -> None:
    assert not [layer.name for layer in glyphnet().layers if isinstance(layer, keras.Model)]


@pytest.mark.parametrize(("size", "side"), [(16, 1), (32, 2), (33, 3), (64, 4)])
def test_features_are_a_sixteenth_of_the_image(size: int, side: int) -> None:
    assert glyphnet(image_size=size).output_shape == (None, side, side, 224)


def test_the_same_seed_gives_the_same_weights() -> None:
    one, same, other = (glyphnet(seed=seed).get_layer("block2_conv1").kernel.numpy() for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.slow
def test_too_small_an_image_is_an_error_that_names_the_least_size() -> None:
    with pytest.raises(ValueError, match=r"16 or more\. Received: image_size=8"):
        glyphnet(image_size=8)
