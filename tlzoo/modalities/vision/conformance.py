"""Artificial images for the conformance kit, and checks of an image backbone's input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tlzoo.backbones.contract import Backbone
    from tlzoo.registry import InputContract

__all__ = ["SIZES", "contract_problems", "made_up_image"]

SIZES = ((1, 1), (1, 40), (7, 5), (33, 64), (301, 199))
"""Extreme heights and widths."""
_CLOSE = 1e-3


def made_up_image(generator: np.random.Generator, height: int, width: int, channels: int) -> np.ndarray[Any, Any]:
    """Return blocks of random colours: noise per pixel would be grey after resizing."""
    blocks = generator.integers(0, 256, (-(-height // 4), -(-width // 4), channels), dtype=np.uint8)
    return blocks.repeat(4, axis=0).repeat(4, axis=1)[:height, :width]


def contract_problems(contract: InputContract, backbone: Backbone) -> Iterator[str]:
    """Yield differences from the declared size of samples, or the declared range of images after ``normalize``.

    Channels are compared in sorted order: the registry does not declare whether mean and std come before or after BGR.
    """
    import keras
    import tensorflow as tf

    size, shape = (*contract.size, contract.channels), backbone.preprocessing.shape
    if shape != size:
        yield f"input is {size} in the registry, {shape} by the loader"
        return
    mean = np.array(contract.mean or (0.0,) * contract.channels)
    std = np.array(contract.std or (1.0,) * contract.channels)
    for value, end in ((0.0, contract.range[0]), (255.0, contract.range[1])):
        ready = keras.tree.flatten(backbone.preprocessing.normalize(tf.fill((1, *shape), value)))
        came = np.sort(np.asarray(ready[0])[0, 0, 0])
        said = np.sort((end - mean) / std)
        if came.shape != said.shape or not np.allclose(came, said, rtol=_CLOSE, atol=_CLOSE):
            becomes = f"it becomes {_list(came)}"
            yield f"a pixel of {value:.0f} should become {_list(said)} by the registry; {becomes}"


def _list(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
