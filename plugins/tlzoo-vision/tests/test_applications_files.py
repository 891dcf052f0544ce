"""Files in the layout in which Keras publishes its weights, made here, through Keras's loading and through ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format
from keras.src.utils import file_utils

from tlzoo.backbones import Backbone, LoadRequest, load_backbone
from tlzoo.errors import BytesRefusedError
from tlzoo.plugins import catalog
from tlzoo.registry import Entry, File

SIZE = (75, 75)
FAMILIES = [
    "ConvNeXtTiny",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "NASNetMobile",
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "Xception",
]
"""The smallest network of each; the others have more of the same blocks. `tests/benchmarks/cuts.py` proves any."""
RANDOM_INITIALIZERS = (
    keras.initializers.RandomNormal,
    keras.initializers.RandomUniform,
    keras.initializers.TruncatedNormal,
    keras.initializers.VarianceScaling,
)


def entry_of(constructor: str) -> Entry:
    return next(each for each in catalog().entries() if each.options.get("constructor") == constructor)


def write_legacy(model: keras.Model, path: Path) -> Path:
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    return path


def built(constructor: str, size: tuple[int, int] = SIZE, **more: object) -> keras.Model:
    return getattr(keras.applications, constructor)(include_top=False, input_shape=(*size, 3), **more)


def load(constructor: str, path: Path, size: tuple[int, int] = SIZE) -> Backbone:
    entry = replace(entry_of(constructor), files={"weights": File(f"file:{path}")})
    return load_backbone(entry, LoadRequest(image_size=size))


@dataclass(frozen=True)
class Published:
    """A network as Keras builds its ``weights="imagenet"``, with random values, and ours of the same file."""

    constructor: str
    pixels: np.ndarray
    """Normalized images."""
    expected: np.ndarray
    """What Keras's network returns for them."""
    ours: Backbone
    asked: list[tuple[str, str | None]]
    """Origin and hash of the files that Keras asked for."""


@pytest.fixture(scope="module", params=FAMILIES)
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    constructor = request.param
    size = (224, 224) if "Mobile" in constructor else SIZE  # of others, Keras warns
    path = tmp_path_factory.mktemp("published") / "weights.h5"
    asked: list[tuple[str, str | None]] = []

    def get_file(_name: str, origin: str, *, file_hash: str | None = None, **_: object) -> str:
        asked.append((origin, file_hash))
        return str(path)

    def write(model: keras.Model, asked_path: str) -> None:
        for layer in model.layers:
            if isinstance(layer, keras.layers.Normalization) and layer.weights:
                layer.set_weights([np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225]), np.int32(0)])
                layer.finalize_state()
        assert asked_path == str(write_legacy(model, path))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_utils, "get_file", get_file)
        with patch.context() as building:
            building.setattr(keras.Model, "load_weights", write)
            network = built(constructor, size, weights="imagenet")
        for initializer in RANDOM_INITIALIZERS:  # what is built from here on has the file's values alone
            patch.setattr(initializer, "__call__", lambda _, shape, dtype=None: keras.ops.zeros(shape, dtype))
        ours = load(constructor, path, size)
    images = np.random.default_rng(0).uniform(0, 255, (2, *size, 3)).astype("float32")
    pixels = np.asarray(ours.preprocessing.normalize(images))
    yield Published(constructor, pixels, network(pixels, training=False).numpy(), ours, asked)
    keras.utils.clear_session()  # all of them together would take gigabytes


@pytest.mark.slow
def test_features_are_those_of_keras_with_the_published_origin_and_hash(published: Published) -> None:
    expected, came = published.expected, published.ours.model(published.pixels, training=False).numpy()
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(came, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    (file,) = entry_of(published.constructor).files.values()
    assert published.asked == [(file.source, file.hash and file.hash.partition(":")[2])]


@pytest.mark.slow
def test_both_parts_of_every_cut_equal_the_whole_network(published: Published) -> None:
    backbone, pixels = published.ours, published.pixels
    cuts = [*(list(stage.cut or ()) for stage in backbone.stages[:-1]), list(backbone.model.outputs)]
    crossings = keras.Model(backbone.model.inputs, cuts)([pixels], training=False)
    assert np.abs(published.expected).max() > 0
    np.testing.assert_allclose(
        crossings[-1][0], published.expected, rtol=1e-3, atol=1e-4 * np.abs(published.expected).max()
    )
    for cut, crossing, above, expected in zip(cuts, crossings, cuts[1:], crossings[1:], strict=False):
        new = {id(tensor): value for tensor, value in zip(above, expected, strict=True)}
        for passed in cut:
            new.pop(id(passed), None)
        between = keras.Model(
            cut, [tensor for tensor in above if id(tensor) in new]
        )  # refused if a path avoids the cut
        for came, value in zip(keras.tree.flatten(between(crossing, training=False)), new.values(), strict=True):
            np.testing.assert_array_equal(came, value)


@pytest.mark.slow
def test_random_weights_normalize_as_the_published_network_does(tmp_path: Path) -> None:
    """So that variables copied from one to the other mean the same."""
    model = built("EfficientNetB0", weights=None)
    published = [np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225]), np.int32(0)]
    _normalization(model).set_weights(published)
    filled = load("EfficientNetB0", write_legacy(model, tmp_path / "weights.h5"))
    random = load_backbone("efficientnet-b0", LoadRequest(weights="random", image_size=SIZE))
    for one, other in zip(_normalization(filled.model).weights, _normalization(random.model).weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    path = write_legacy(built("VGG16", weights=None), tmp_path / "weights.h5")
    with pytest.raises(BytesRefusedError, match=r"^keras/vgg19\.imagenet: weights: .*weights\.h5 cannot be loaded"):
        load("VGG19", path)


@pytest.mark.parametrize("content", [b"", b"not HDF5"])
def test_a_file_that_is_not_hdf5_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    path.write_bytes(content)
    with pytest.raises(BytesRefusedError, match="cannot be loaded"):
        load("VGG16", path)


@pytest.mark.parametrize("kind", ["layer", "weight", "raw"])
def test_a_file_with_links_to_other_files_is_refused(kind: str, tmp_path: Path) -> None:
    other = write_legacy(built("VGG16", weights=None), tmp_path / "other.h5")
    path = tmp_path / "weights.h5"
    path.write_bytes(other.read_bytes())
    with h5py.File(path, "r+") as file:
        weight = file["block1_conv1"].attrs["weight_names"][0]
        inside = f"block1_conv1/{weight.decode() if isinstance(weight, bytes) else weight}"
        shape = file[inside].shape
        name = "block1_conv1" if kind == "layer" else inside
        del file[name]
        if kind == "raw":
            raw = tmp_path / "raw"
            raw.write_bytes(bytes(4 * int(np.prod(shape))))
            file.create_dataset(inside, shape, "float32", external=[(str(raw), 0, h5py.h5f.UNLIMITED)])
        else:
            file[name] = h5py.ExternalLink(str(other), name)
    with pytest.raises(BytesRefusedError, match="use a file with weights only"):
        load("VGG16", path)


def _normalization(model: keras.Model) -> keras.layers.Normalization:
    (layer,) = (each for each in model.layers if isinstance(each, keras.layers.Normalization))
    return layer
