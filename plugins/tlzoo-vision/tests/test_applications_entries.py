"""What the registry says of the networks of Keras Applications."""

from __future__ import annotations

import importlib
from dataclasses import replace

import keras
import numpy as np
import pytest

from tlzoo.artifacts import resolve
from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo.errors import EntryError
from tlzoo.plugins import catalog
from tlzoo_vision.applications.architectures import STAGES
from tlzoo_vision.applications.preprocessing import preprocessing_of

ENTRIES = {entry.options["constructor"]: entry for entry in catalog().entries() if entry.loader == "applications"}
CONSTRUCTORS = sorted(name for name in dir(keras.applications) if name[0].isupper())
UNHASHED = {"MobileNet", "MobileNetV2"}


def test_every_constructor_has_an_entry_and_stages() -> None:
    assert len(CONSTRUCTORS) == 40
    assert sorted(ENTRIES) == CONSTRUCTORS
    assert sorted(STAGES) == CONSTRUCTORS


@pytest.mark.parametrize("constructor", CONSTRUCTORS)
def test_an_entry_is_whole(constructor: str) -> None:
    entry = ENTRIES[constructor]
    (file,) = entry.files.values()
    assert catalog().get(entry.architecture).id == entry.id
    assert file.source.startswith("https://storage.googleapis.com/")
    assert (file.hash is None) == (constructor in UNHASHED)
    assert entry.paper is not None
    assert entry.paper.startswith("arXiv:")
    assert entry.measured is not None
    assert entry.measured.flops is not None
    assert entry.measured.feature_shape == entry.features.shape
    assert [row.metric for row in entry.reported] == ["top1"]


@pytest.mark.parametrize("constructor", CONSTRUCTORS)
def test_preprocessing_is_that_of_keras(constructor: str) -> None:
    entry, build = ENTRIES[constructor], getattr(keras.applications, constructor)
    module = importlib.import_module(build.__module__)
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 5, 7, 3)).astype("float32")
    pixels[0, 0, :2] = [[0, 0, 0], [255, 255, 255]]
    ours = preprocessing_of(entry.input, (5, 7)).normalize(pixels)
    np.testing.assert_allclose(ours, module.preprocess_input(pixels.copy()), rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("constructor", CONSTRUCTORS)
def test_keras_refuses_images_below_the_smallest_size(constructor: str) -> None:
    height, width = ENTRIES[constructor].input.smallest
    with pytest.raises(ValueError, match="at least"):
        getattr(keras.applications, constructor)(weights=None, include_top=False, input_shape=(height - 1, width, 3))


def test_a_smaller_image_is_refused_before_anything_is_built() -> None:
    with pytest.raises(EntryError, match="takes images of 71x71 pixels or more, not 71x70"):
        load_backbone("xception", LoadRequest(weights="random", image_size=(71, 70)))


@pytest.mark.parametrize("name", ["keras/resnet50.imagenet", "keras/convnext-tiny.imagenet"])
def test_a_missing_file_is_named_with_its_place(name: str) -> None:
    entry = catalog().get(name)
    (file,) = entry.files.values()
    with pytest.raises(EntryError) as raised:
        resolve(entry)
    said = str(raised.value)
    for part in (name, file.source.rpartition("/")[2], file.source, file.hash, "put it at", "TLZOO_MODELS"):
        assert part in said


def test_a_file_without_a_known_hash_is_not_loaded() -> None:
    with pytest.raises(EntryError, match="has no declared hash; declare one in the registry"):
        resolve(catalog().get("keras/mobilenet-v2.imagenet"))


def test_an_unknown_constructor_is_named() -> None:
    entry = replace(ENTRIES["ResNet50"], options={"constructor": "ResNet51"})
    with pytest.raises(EntryError, match="unknown constructor 'ResNet51'; did you mean 'ResNet50'"):
        load_backbone(entry, LoadRequest(weights="random"))
