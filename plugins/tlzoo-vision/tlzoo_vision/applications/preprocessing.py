"""From an entry's input contract to preprocessing: the contract says all, so that what it declares is what is done."""

from __future__ import annotations

from tlzoo.backbones import Preprocessing, image_preprocessing
from tlzoo.registry import ImageInput

__all__ = ["preprocessing_of"]


def preprocessing_of(contract: ImageInput, size: tuple[int, int]) -> Preprocessing:
    """Return the preprocessing of images of a size: to ``range``, then ``(x - mean) / std``, all as one multiplication.

    For BGR the channels are reversed first; ``mean`` and ``std`` are in the order that the network takes.
    """
    low, high = contract.range
    mean = contract.mean or (0.0,) * contract.channels
    std = contract.std or (1.0,) * contract.channels
    return image_preprocessing(
        size,
        contract.channels,
        scale=[(high - low) / 255 / each for each in std],
        offset=[(low - average) / each for average, each in zip(mean, std, strict=True)],
        reverse_channels=contract.order == "bgr",
    )
