"""Presets of KerasHub on Kaggle become entries that compute what KerasHub does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from drawn_weights import drawn_images
from hub_server import HubServer
from kaggle_server import KaggleServer, files_in

from tlzoo.artifacts import digest, open_hub_repository, open_kaggle_model, using
from tlzoo.backbones import load_backbone
from tlzoo.errors import BytesRefusedError, EntryError, TlzooError
from tlzoo.zoo.publishing.import_repository import import_repository
from tlzoo_vision.hub.preset_importing import import_preset

NAME = "acme/vit/keras/vit_tiny"
SIZES: dict[str, Any] = {"patch_size": 16, "num_layers": 2, "num_heads": 2, "hidden_dim": 8, "mlp_dim": 16}


def preset(name: str = "ViTBackbone", converter: Any = None, **sizes: Any) -> dict[str, bytes]:
    """Return the files of a preset without valid weights."""
    sizes = {"image_shape": [32, 32, 3], **SIZES, **sizes}
    config = {"registered_name": f"keras_hub>{name}", "class_name": name, "config": sizes}
    said = {"config": {"image_size": [32, 32], "scale": 1 / 127.5, "offset": -1} if converter is None else converter}
    texts = {"config.json": config, "image_converter.json": said}
    return {"model.weights.h5": b"x", **{path: json.dumps(each).encode() for path, each in texts.items()}}


@pytest.mark.slow
def test_a_preset_on_kaggle_computes_what_kerashub_does(kaggle: KaggleServer, tmp_path: Path) -> None:
    import keras_hub

    keras.utils.set_random_seed(3)
    network = keras_hub.models.ViTBackbone(image_shape=(32, 32, 3), **SIZES)
    network.save_to_preset(str(tmp_path))
    kaggle.models[NAME] = {4: {**files_in(tmp_path), "image_converter.json": preset()["image_converter.json"]}}
    entry = import_repository(f"kaggle://{NAME}")
    assert (entry.id, entry.licence) == ("local/vit_tiny.acme", "Apache-2.0")
    assert entry.files["weights"].source == f"kaggle://{NAME}/4/model.weights.h5"
    assert entry.files["weights"].hash == digest(tmp_path / "model.weights.h5")
    images = drawn_images(32)
    with using(estimate_memory=True):
        backbone = load_backbone(entry)
    np.testing.assert_allclose(backbone.model(images, training=False)[0], network(images), atol=1e-6)


@pytest.mark.slow
def test_a_network_of_too_many_patches_is_not_built(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.repositories["acme/net"] = preset(patch_size=2, converter={"image_size": [512, 512], "scale": 1 / 255})
    entry = import_repository("hf://acme/net")
    monkeypatch.setenv("TLZOO_MEMORY", "4GB")
    refused = pytest.raises(EntryError, match=r"needs at least .* GB of memory .* values in one tensor\)")
    with using(estimate_memory=True), refused:
        load_backbone(entry)


@pytest.mark.parametrize(
    ("converter", "contract"),
    [
        ({"image_size": [48, 32], "scale": 1 / 127.5, "offset": -1}, ((0.0, 1.0), (0.5,) * 3, (0.5,) * 3)),
        ({"scale": 1 / 255}, ((0.0, 1.0), None, None)),
        ({"scale": None}, ((0.0, 255.0), None, None)),
        (
            {"scale": [1 / (255 * s) for s in (0.229, 0.224, 0.225)], "offset": [-0.485 / 0.229, -2.0, 0.0]},
            ((0.0, 1.0), (0.485, 0.448, 0.0), (0.229, 0.224, 0.225)),
        ),
    ],
)
def test_the_normalization_of_images(hub: HubServer, converter: Any, contract: Any) -> None:
    hub.repositories["acme/net"] = preset(converter=converter)
    found = import_preset(open_hub_repository("hf://acme/net")).input
    assert found.size == tuple(converter.get("image_size", (32, 32)))
    assert (found.range, found.mean, found.std) == contract


@pytest.mark.parametrize(
    ("name", "kind", "pooling", "smallest"),
    [
        ("ViTBackbone", "sequence", "first", None),
        ("DINOV2Backbone", "sequence", "first", (32, 32)),
        ("SwinTransformerBackbone", "sequence", "average", None),
        ("ResNetBackbone", "map", "average", (32, 32)),
    ],
)
def test_features_by_class(hub: HubServer, name: str, kind: str, pooling: str, smallest: Any) -> None:
    hub.repositories["acme/net"] = preset(name)
    entry = import_preset(open_hub_repository("hf://acme/net"))
    assert (entry.features.kind, entry.features.pooling, entry.input.smallest) == (kind, pooling, smallest)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_layers": 10**6}, "num_layers must be an integer from 1 to 256"),
        ({"depths": [200, 200]}, "depths has 400 blocks"),
        ({"hidden_dim": 10**30}, "hidden_dim must be a number up to 10,000,000"),
        ({"hidden_dim": {"class_name": "Lambda"}}, "hidden_dim must be a number"),
        ({"mlp_dim": [1] * 100}, "mlp_dim must be a number"),
        ({"window_size": 1000}, "window_size must be an integer from 1 to 64"),
        ({"patch_size": [1, 1], "image_shape": [2048, 2048, 3], "converter": {}}, "has 2,048 patches per side"),
        ({"patch_size": 0}, "patch_size must be an integer from 1 to 32"),
        ({"converter": {"scale": "x"}}, "scale must be a number"),
        ({"converter": {"scale": 0}}, "scale must be positive"),
        ({"converter": {"offset": 1}}, "an offset without a scale"),
        ({"converter": {"variance": [1]}}, "in a former format"),
        ({"converter": {"image_size": [10**6, 1]}}, "image_size must be a list of 2 integers from 1 to 2,048"),
        ({"image_shape": [32, 32, 1], "converter": {}}, "does not take colour images"),
    ],
)
def test_a_hostile_preset_is_refused_in_one_line(hub: HubServer, changes: dict[str, Any], message: str) -> None:
    hub.repositories["acme/net"] = preset(**changes)
    with pytest.raises(BytesRefusedError, match=message) as raised:
        import_preset(open_hub_repository("hf://acme/net"))
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 250


@pytest.mark.parametrize(
    ("missing", "error", "message"),
    [
        ("image_converter.json", BytesRefusedError, "normalization of its images is unknown"),
        ("model.weights.h5", EntryError, "has no model.weights.h5"),
    ],
)
def test_a_missing_file_is_named(kaggle: KaggleServer, missing: str, error: type[TlzooError], message: str) -> None:
    kaggle.models[NAME] = {1: {path: body for path, body in preset().items() if path != missing}}
    with pytest.raises(error, match=message):
        import_preset(open_kaggle_model(f"kaggle://{NAME}"))
