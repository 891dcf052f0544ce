"""Wrong preprocessing is noticed: what a backbone gets against the contract of its entry, and the data against both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tlzoo.backbones import LoadRequest, image_preprocessing, load_backbone
from tlzoo.data import ArrayPictures
from tlzoo.modalities import require_modality
from tlzoo.modalities.vision.preprocessing_checks import data_problems, preprocessing_problems
from tlzoo.plugins import catalog


def loaded(name: str) -> tuple[Any, Any]:
    entry = catalog().get(name)
    size = getattr(entry.input, "smallest", None)
    return entry, load_backbone(entry, LoadRequest(weights="random", image_size=size))


@pytest.fixture(scope="module")
def colour() -> tuple[Any, Any]:
    return loaded("mobilenet")


@pytest.mark.parametrize("name", ["glyphnet", "mobilenet", "resnet50", "efficientnet-b0", "resnet-18", "static.minilm"])
def test_entries_that_keep_their_contract_are_not_reported(name: str) -> None:
    if name == "static.minilm":
        entry = catalog().get(name)
        assert require_modality(entry.modality).preprocessing_problems(entry, load_backbone(entry)) == ()
    else:
        assert preprocessing_problems(*loaded(name)) == ()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"scale": 1 / 127.5, "offset": -1.0, "reverse_channels": True}, "order BGR, but the contract declares RGB"),
        ({"scale": 1 / 255}, "black becomes 0, but the contract declares -1"),
        ({}, "white becomes 255, but the contract declares 1"),
    ],
)
def test_order_and_range_are_reported(colour, settings: dict[str, Any], said: str) -> None:
    entry, backbone = colour
    wrong = replace(backbone, preprocessing=image_preprocessing(backbone.preprocessing.shape[:2], 3, **settings))
    assert any(said in each for each in preprocessing_problems(entry, wrong))


def test_size_and_channels_are_reported(colour) -> None:
    entry, backbone = colour
    grey = replace(backbone, preprocessing=image_preprocessing((64, 64), 1))
    assert preprocessing_problems(entry, grey) == ("preprocessing returns 1 channels, but the contract declares 3",)
    only = replace(entry, input=replace(entry.input, smallest=None))
    other = replace(backbone, preprocessing=image_preprocessing((32, 32), 3))
    assert preprocessing_problems(only, other) == (
        "preprocessing returns 32x32 pixels, but the contract declares 224x224",
    )


def pictures(highest: int, side: int = 64, channels: int = 3) -> ArrayPictures:
    made = np.random.default_rng(0).integers(0, highest + 1, (40, side, side, channels)).astype(np.uint8)
    return ArrayPictures("made", made)


def test_data_that_was_scaled_before_is_reported(colour) -> None:
    size = colour[1].preprocessing.shape[0]
    assert data_problems(*colour, pictures(255, size)) == ()
    (said,) = data_problems(*colour, pictures(1, size))
    assert said == "no pixel of the data is above 1 of 255: the data look scaled to 0..1; use 0..255"
    (said,) = data_problems(*colour, pictures(16, size))
    assert "above 16 of 255: the data look scaled already" in said


def test_small_images_and_lost_colour_are_reported(colour) -> None:
    grey = loaded("glyphnet")
    assert any("the backbone uses grey images" in each for each in data_problems(*grey, pictures(255)))
    said = data_problems(*loaded("efficientnet-lite0"), pictures(255, 8))
    assert said == ("images of 8x8 pixels are enlarged 8 times, to 64x64",)
