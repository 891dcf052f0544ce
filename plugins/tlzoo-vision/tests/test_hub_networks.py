"""Networks of KerasHub saved as presets and read back; those that transformers lacks under the conformance kit."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tlzoo.backbones import load_backbone
from tlzoo.errors import BytesRefusedError, EntryError, TlzooError
from tlzoo.registry import Entry, Features, File, ImageInput
from tlzoo.testing import BACKBONE_CHECKS, BackboneSubject, Session

TINY: dict[str, dict[str, Any]] = {
    "CSPNetBackbone": {
        "stem_filters": 8,
        "stem_kernel_size": 3,
        "stem_strides": 1,
        "stackwise_depth": [1, 2],
        "stackwise_strides": [2, 2],
        "stackwise_num_filters": [8, 16],
        "block_type": "dark_block",
        "bottle_ratio": 0.5,
        "block_ratio": 0.5,
        "expand_ratio": 1.0,
        "stage_type": "csp",
        "down_growth": True,
    },
    "MiTBackbone": {
        "layerwise_depths": [1, 1],
        "image_shape": (32, 32, 3),
        "hidden_dims": [8, 16],
        "num_layers": 2,
        "layerwise_num_heads": [1, 2],
        "layerwise_sr_ratios": [2, 1],
        "max_drop_path_rate": 0.1,
        "layerwise_patch_sizes": [7, 3],
        "layerwise_strides": [4, 2],
    },
    "ResNetBackbone": {
        "input_conv_filters": [8, 8, 16],
        "input_conv_kernel_sizes": [3, 3, 3],
        "stackwise_num_filters": [64, 16],
        "stackwise_num_blocks": [1, 1],
        "stackwise_num_strides": [1, 2],
        "block_type": "basic_block_vd",
    },
    "ViTBackbone": {
        "image_shape": (32, 32, 3),
        "patch_size": 8,
        "num_layers": 2,
        "num_heads": 2,
        "hidden_dim": 8,
        "mlp_dim": 16,
    },
}
STAGES = {
    "CSPNetBackbone": ["stem", "stage1", "stage2"],
    "MiTBackbone": ["stage1", "stage2"],
    "ResNetBackbone": ["stem", "stage1", "stage2"],
}
POOLING = {"ViTBackbone": "first"}


FILES = {"config": "config.json", "weights": "model.weights.h5"}


def hashed(path: Path) -> File:
    return File(f"file:{path}", f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}")


def made(name: str, folder: Path) -> Entry:
    """Save a network as a Keras preset; return an entry of it."""
    import keras_hub

    keras.utils.set_random_seed(7)
    getattr(keras_hub.models, name)(**TINY[name]).save_to_preset(str(folder))
    files = {key: hashed(folder / name) for key, name in FILES.items()}
    return Entry(
        id="local/tiny.v1",
        plugin="tlzoo",
        summary="made for a test",
        modality="vision",
        loader="kerashub",
        files=files,
        input=ImageInput("image", (32, 32), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        features=Features("sequence" if name in POOLING else "map", pooling=POOLING.get(name, "average")),
        licence="Apache-2.0",
        options={"class": name},
    )


@pytest.fixture(scope="module")
def vit(tmp_path_factory: pytest.TempPathFactory) -> Entry:
    return made("ViTBackbone", tmp_path_factory.mktemp("vit"))


def test_a_preset_folder_equals_its_files(vit: Entry) -> None:
    folder = Path(vit.files["config"].source.removeprefix("file:")).parent
    members = {name: str(vit.files[key].hash) for key, name in FILES.items()}
    whole = replace(vit, files={"preset": File(f"file:{folder}", members=members)})
    ours, theirs = load_backbone(vit).model.weights, load_backbone(whole).model.weights
    for first, second in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"options": {"class": "ViTBackbon"}}, EntryError, "did you mean 'ViTBackbone'"),
        (
            {"options": {"class": "DeiTBackbone"}},
            BytesRefusedError,
            "config has the class 'ViTBackbone', not 'DeiTBackbone'",
        ),
        (
            {"options": {"class": "ViTBackbone", "config": {"num_layers": 3}}},
            BytesRefusedError,
            "config has num_layers = 2, but the entry 3",
        ),
        ({"config": {"model_type": "vit"}}, BytesRefusedError, "KerasHub cannot read it: SafetensorError"),
        ({"config": ["ViTBackbone"]}, BytesRefusedError, "is not a JSON object"),
        (
            {"config": {"class_name": "ViTBackbone", "config": {"dropout_rate": {"class_name": "Lambda"}}}},
            BytesRefusedError,
            "'dropout_rate' of ViTBackbone is not a number",
        ),
    ],
)
def test_a_wrong_preset_is_refused(
    vit: Entry, changes: dict[str, Any], error: type[TlzooError], message: str, tmp_path: Path
) -> None:
    if "config" in changes:
        path = tmp_path / "config.json"
        path.write_text(json.dumps(changes["config"]))
        wrong = replace(vit, files={**vit.files, "config": hashed(path)})
    else:
        wrong = replace(vit, **changes)
    with pytest.raises(error, match=message):
        load_backbone(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(STAGES))
def test_a_tiny_network(name: str, tmp_path: Path) -> None:
    entry = made(name, tmp_path)
    subject = BackboneSubject(entry)
    report = Session(subject).report(BACKBONE_CHECKS)
    failed = {each.name: each.reason for each in report.results if each.outcome == "failed"}
    assert not failed
    skipped = {each.name for each in report.results if each.outcome == "skipped"}
    assert skipped <= {"figures-as-measured", "smallest-size-works", "source-head-gives-probabilities"}
    stages = subject.backbone.stages
    assert [each.name for each in stages] == STAGES[name]
    assert all(each.cut is not None for each in stages)
