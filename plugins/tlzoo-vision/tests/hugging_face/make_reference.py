"""Writes configurations of tiny networks, names and shapes of their tensors, and the outputs of transformers.

The weights are drawn from the names (tests/made/drawn_weights.py), so they are not stored. Run it in an environment of
its own: `pip install torch transformers==5.23.0`, then `python make_reference.py`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
import transformers as hf

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[3] / "tests" / "made"))

from drawn_weights import drawn_images  # noqa: E402
from reference_networks import redrawn  # noqa: E402

SIZES = {"num_hidden_layers": 2, "hidden_size": 16, "num_attention_heads": 2, "image_size": 32, "patch_size": 8}
MLP = {"intermediate_size": 32}
NETWORKS = {
    "deit": hf.DeiTForImageClassificationWithTeacher(hf.DeiTConfig(**SIZES, **MLP)),
    "dinov2": hf.Dinov2Model(hf.Dinov2Config(**{**SIZES, "image_size": 56}, mlp_ratio=2)),
    "dinov2_with_registers": hf.Dinov2WithRegistersModel(
        hf.Dinov2WithRegistersConfig(**{**SIZES, "image_size": 56}, mlp_ratio=2, num_register_tokens=2)
    ),
    "dinov3_vit": hf.DINOv3ViTModel(hf.DINOv3ViTConfig(**SIZES, **MLP, num_register_tokens=2)),
    "swin": hf.SwinForImageClassification(
        hf.SwinConfig(image_size=32, patch_size=4, embed_dim=8, depths=[1, 2], num_heads=[1, 2], window_size=2)
    ),
    "vit": hf.ViTForImageClassification(hf.ViTConfig(**SIZES, **MLP)),
}
"""DINOv2 is trained on images of another size, as the published ones, so that its positions are interpolated."""

PREPROCESSOR = {
    "do_normalize": True,
    "do_rescale": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "rescale_factor": 1 / 255,
    "size": {"height": 32, "width": 32},
}
CROPPED = PREPROCESSOR | {"do_center_crop": True, "size": {"shortest_edge": 40}, "crop_size": PREPROCESSOR["size"]}


def main() -> None:
    for name, network in NETWORKS.items():
        folder = HERE / name
        again = redrawn(network, folder)
        processor = CROPPED if name.startswith("dinov2") else PREPROCESSOR
        (folder / "preprocessor_config.json").write_text(json.dumps(processor, indent=1) + "\n")
        pixels = torch.from_numpy(drawn_images(32).transpose(0, 3, 1, 2).copy())
        base = again if name.startswith("dino") else again.base_model
        with torch.no_grad():
            given = base(pixels).last_hidden_state.numpy()
        np.savez_compressed(folder / "reference.npz", output=given)


if __name__ == "__main__":
    main()
