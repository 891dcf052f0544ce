"""``tlzoo train`` and ``tlzoo data inspect --backbone`` say what is wrong with the pixels that a backbone gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

CLASSES = 2
SCALED, ENLARGED, GREY = "look scaled", "pixels are enlarged", "uses grey images"


def pictures(side: int, channels: int) -> np.ndarray:
    """Return dark and bright noise by turns, float64 (24, side, side, channels) in 0..255."""
    noise = np.random.default_rng(0).uniform(0, 128, (24, side, side, channels))
    noise[1::CLASSES] += 127
    return noise


@pytest.fixture(params=["train", "inspect"])
def notes(request: pytest.FixtureRequest, tlzoo, tmp_path: Path) -> Callable[[np.ndarray, str], str]:
    """Return what a command says of pictures beside its result."""

    def said(pixels: np.ndarray, backbone: str) -> str:
        path = tmp_path / "pictures.npz"
        np.savez(path, x=pixels, y=np.arange(len(pixels)) % CLASSES)
        words = ("data", "inspect", f"arrays:{path}", "--backbone", backbone)
        if request.param == "train":
            how = ("--strategy", "feature-extraction", "--epochs", 1, "--export", "none", "--out", tmp_path / "runs")
            words = ("train", "--data", f"arrays:{path}", "--backbone", backbone, *how)
        done = tlzoo(*words)
        assert done.code == 0, done.err
        return str(done.err)

    return said


@pytest.mark.parametrize(
    ("pixels", "backbone", "said"),
    [
        (
            (pictures(32, 1) / 255).round().astype(np.uint8),
            "glyphnet",
            "above 1 of 255: the data look scaled to 0..1; use",
        ),
        (pictures(32, 1) / 255 * 16, "glyphnet", "above 16 of 255: the data look scaled already; use 0..255"),
        (pictures(4, 1), "glyphnet", "images of 4x4 pixels are enlarged 8 times, to 32x32"),
        (pictures(32, 3), "glyphnet", "the backbone uses grey images, but the images are in colour"),
    ],
    ids=["0 and 1", "0 to 16", "tiny", "colour"],
)
def test_only_the_error_is_printed(notes, pixels: np.ndarray, backbone: str, said: str) -> None:
    told = notes(pixels, backbone)
    assert said in told
    assert sum(each in told for each in (SCALED, ENLARGED, GREY)) == 1


@pytest.mark.parametrize(
    ("pixels", "backbone"),
    [(pictures(32, 1), "glyphnet"), (pictures(32, 1) / 255, "glyphnet")],
    ids=["grey", "fractions, which are brought to 0..255"],
)
def test_there_is_no_note_on_fitting_images(notes, pixels: np.ndarray, backbone: str) -> None:
    told = notes(pixels, backbone)
    assert not [each for each in (SCALED, ENLARGED, GREY, "the contract declares") if each in told]


def test_a_loader_that_breaks_its_contract_is_reported(notes, distributions) -> None:
    (distributions.add("turned", plugin, more=ENTRY) / "weights.h5").write_bytes(b"none")
    assert "turned/net.none: black becomes 0, but the contract declares -1" in notes(pictures(8, 1), "turned/net.none")


ENTRY = """
[entries."turned/net.none"]
summary = "An entry whose loader scales to 0..1 what the registry says is -1..1"
modality = "vision"
loader = "turned"
licence = "Apache-2.0"
files.weights.source = "package:turned/weights.h5"
input.kind = "image"
input.size = [8, 8]
input.channels = 1
input.range = [-1.0, 1.0]
input.order = "grey"
features.kind = "vector"
"""


def plugin() -> None:
    from tlzoo.plugins import hookimpl

    def load(entry, files, request):
        import keras

        from tlzoo.backbones import Backbone, Vector, image_preprocessing, load_digest, stages_by_layers

        pixels = keras.Input((8, 8, 1))
        outputs = keras.layers.Dense(4, name="only")(keras.layers.Flatten()(pixels))
        model = keras.Model(pixels, outputs)
        stages = stages_by_layers(model, [("all", "only")])
        digest = load_digest(entry, files, request)
        return Backbone(model, image_preprocessing((8, 8), 1, scale=1 / 255), stages, Vector(4), digest)

    @hookimpl
    def tlzoo_backbones():
        return {"turned": load}
