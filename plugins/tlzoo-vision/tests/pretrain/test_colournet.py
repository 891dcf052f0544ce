"""ColourNet's packaged weights are the recorded ones, small, fit the network, and see what something shows."""

from __future__ import annotations

import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw
from sklearn.linear_model import LogisticRegression

import tlzoo_vision.colournet as module
from tlzoo.plugins import catalog
from tlzoo_vision.colournet import STAGES, colournet

WEIGHTS = Path(module.__file__).parent / "weights"
FILE = WEIGHTS / "colournet.artwork.weights.h5"


def test_weights_have_the_recorded_hash() -> None:
    recorded = dict(reversed(line.split()) for line in (WEIGHTS / "SHA256SUMS").read_text().splitlines())
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == recorded[FILE.name]


def test_registry_and_card_agree_on_experimental() -> None:
    card = (WEIGHTS.parent / "cards" / "colournet.artwork.md").read_text("utf-8")
    assert catalog().get("vision/colournet.artwork").experimental == ("the entry is experimental" in card)


def test_weights_stay_under_eight_megabytes() -> None:
    assert FILE.stat().st_size < 8_000_000


def test_weights_fit_whatever_the_image_size() -> None:
    models = [colournet(image_size=size, seed=1) for size in (32, 64)]
    for model in models:
        model.load_weights(FILE)
    for one, other in zip(models[0].weights, models[1].weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_every_stage_ends_at_a_separate_layer_in_order() -> None:
    names = [layer.name for layer in colournet().layers]
    places = [names.index(last) for _, last in STAGES]
    assert places == sorted(set(places))
    assert names[-1] == "features"


def test_the_model_is_flat() -> None:
    assert not [layer.name for layer in colournet().layers if isinstance(layer, keras.Model)]


@pytest.mark.parametrize(("size", "side"), [(32, 2), (64, 4), (65, 5), (128, 8)])
def test_features_are_a_sixteenth_of_the_image(size: int, side: int) -> None:
    assert colournet(image_size=size).output_shape == (None, side, side, 384)


def test_the_same_seed_gives_the_same_weights() -> None:
    one, same, other = (colournet(seed=seed).get_layer("stage2_block1_conv1").kernel.numpy() for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_too_small_an_image_is_an_error_that_names_the_least_size() -> None:
    with pytest.raises(ValueError, match=r"32 or more\. Received: image_size=16"):
        colournet(image_size=16)


@pytest.mark.slow
def test_features_separate_shapes_better_than_random_weights_for_any_colour_and_position() -> None:
    images, labels = _shapes()
    scores = {}
    for name in ("random", "trained"):
        model = colournet(seed=0)
        if name == "trained":
            model.load_weights(FILE)
        vectors = model.predict(images, verbose=0).mean(axis=(1, 2))
        vectors = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0).mean()
        scores[name] = (
            LogisticRegression(C=0.1, max_iter=300).fit(vectors[:60], labels[:60]).score(vectors[60:], labels[60:])
        )
    assert scores["trained"] > scores["random"] + 0.05


def _shapes() -> tuple[np.ndarray, np.ndarray]:
    """Six kinds of shapes in any colour, size and place on any background, 60 of each: (360, 64, 64, 3) in [-1, 1]."""
    random = np.random.default_rng(0)
    labels = np.arange(360) % 6
    images = []
    for label in labels.tolist():
        back, ink = (tuple(random.integers(0, 256, 3).tolist()) for _ in range(2))
        canvas = Image.new("RGB", (256, 256), back)
        pen = ImageDraw.Draw(canvas)
        across, down, size = random.uniform(90, 166), random.uniform(90, 166), random.uniform(40, 80)
        box = (across - size, down - size, across + size, down + size)
        if label == 0:
            pen.ellipse(box, fill=ink)
        elif label == 1:
            pen.ellipse(box, outline=ink, width=16)
        elif label == 5:
            pen.line(box, fill=ink, width=20)
            pen.line((box[0], box[3], box[2], box[1]), fill=ink, width=20)
        else:
            sides = {2: 3, 3: 4, 4: 6}[label]
            pen.regular_polygon((across, down, size), sides, rotation=random.uniform(-10, 10), fill=ink)
        images.append(np.asarray(canvas.resize((64, 64)), np.float32) / 127.5 - 1.0)
    return np.stack(images), labels
