"""Writes the configuration of a network of timm, names and shapes of its tensors, and its outputs for drawn weights.

Run it in an environment of its own: `pip install torch torchvision timm==1.0.31`, then `python make_timm_reference.py`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import timm
import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[3] / "tests" / "made"))

from drawn_weights import drawn_images, drawn_weights  # noqa: E402
from reference_networks import write_tensors  # noqa: E402

NAME = "resnet18"


def main() -> None:
    folder = HERE / f"timm-{NAME}"
    folder.mkdir(exist_ok=True)
    network = timm.create_model(NAME).eval()
    fields = ("input_size", "mean", "std", "interpolation", "crop_pct")
    given = {key: network.pretrained_cfg[key] for key in fields}
    config = {"architecture": NAME, "num_classes": 1000, "num_features": network.num_features, "pretrained_cfg": given}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    state = network.state_dict()
    shapes = {key: list(value.shape) for key, value in sorted(state.items()) if value.is_floating_point()}
    write_tensors(folder, shapes)
    weights = {key: torch.from_numpy(value) for key, value in drawn_weights(shapes).items()}
    network.load_state_dict(weights, strict=False)
    pixels = torch.from_numpy(drawn_images(64).transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        output = network.forward_features(pixels).numpy().transpose(0, 2, 3, 1)
    np.savez_compressed(folder / "reference.npz", output=output)


if __name__ == "__main__":
    main()
