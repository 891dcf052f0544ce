"""A tiny network of every family of KerasHub, saved as a preset and read back, under tlzoo's conformance kit."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import keras
import pytest

from tlzoo.backbones import load_backbone
from tlzoo.registry import Entry, Features, File, ImageInput
from tlzoo.testing import check_entry

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
    "DeiTBackbone": {
        "image_shape": (32, 32, 3),
        "patch_size": 8,
        "num_layers": 2,
        "num_heads": 2,
        "hidden_dim": 8,
        "intermediate_dim": 16,
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
    "SwinTransformerBackbone": {
        "image_shape": (32, 32, 3),
        "embed_dim": 8,
        "depths": [1, 2],
        "num_heads": [1, 2],
        "window_size": 2,
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
BLOCKS = ["embeddings", "block1", "block2"]
STAGES = {
    "CSPNetBackbone": ["stem", "stage1", "stage2"],
    "DeiTBackbone": BLOCKS,
    "MiTBackbone": ["stage1", "stage2"],
    "ResNetBackbone": ["stem", "stage1", "stage2"],
    "SwinTransformerBackbone": ["stem", "stage1", "stage2"],
    "ViTBackbone": BLOCKS,
}
POOLING = {"DeiTBackbone": "first", "SwinTransformerBackbone": "average", "ViTBackbone": "first"}


def made(name: str, folder: Path) -> Entry:
    """Save a network as a Keras preset; return an entry of it."""
    import keras_hub

    keras.utils.set_random_seed(7)
    getattr(keras_hub.models, name)(**TINY[name]).save_to_preset(str(folder))
    files = {
        key: File(f"file:{folder / file}", f"sha256:{hashlib.sha256((folder / file).read_bytes()).hexdigest()}")
        for key, file in (("config", "config.json"), ("weights", "model.weights.h5"))
    }
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


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:Layer 'attn' .of type WindowAttention. was passed an input with a mask"
)  # KerasHub's
@pytest.mark.parametrize("name", sorted(TINY))
def test_a_tiny_network(name: str, tmp_path: Path) -> None:
    entry = made(name, tmp_path)
    report = check_entry(entry)
    failed = {each.name: each.reason for each in report.results if each.outcome == "failed"}
    assert not failed
    skipped = {each.name for each in report.results if each.outcome == "skipped"}
    assert skipped <= {"figures-as-measured", "smallest-size-works", "source-head-gives-probabilities"}
    stages = load_backbone(entry).stages
    assert [each.name for each in stages] == STAGES[name]
    assert all(each.cut is not None for each in stages)
