"""Options of image augmentation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import Field

from tlzoo.modalities.augmentation.options import Augmentation, Fraction
from tlzoo.tasks.contract import OutputForm

__all__ = ["ImageAugmentation"]


class ImageAugmentation(Augmentation):
    """Operations on images, in this order: geometry, colour, RandAugment, then MixUp or CutMix on the batch."""

    modality: ClassVar[str] = "vision"
    usual: ClassVar[dict[str, Any]] = {
        "crop": 0.2,
        "rotate": 10.0,
        "shear": 0.1,
        "zoom": 0.1,
        "brightness": 0.2,
        "contrast": 0.2,
        "saturation": 0.2,
        "hue": 0.02,
        "randaugment": 2,
        "mixup": 0.2,
        "cutmix": 1.0,
    }

    pairs: ClassVar[frozenset[str]] = frozenset({"mixup", "cutmix"})
    moves: ClassVar[Mapping[OutputForm, frozenset[str]]] = MappingProxyType(
        {
            "map": frozenset({"mixup", "randaugment"}),
            # The border is filled with its mirror image, where things have no boxes.
            "boxes": frozenset({"mixup", "cutmix", "randaugment", "rotate", "shear", "zoom"}),
        }
    )

    flip: bool = Field(default=False, description="mirror half of the samples left to right")
    flip_vertical: bool = Field(default=False, description="mirror half of the samples top to bottom")
    crop: Fraction = Field(default=0.0, description="largest share of each side to cut off, at a random position")
    rotate: float = Field(default=0.0, ge=0, le=180, description="largest angle in degrees, in both directions")
    shear: float = Field(default=0.0, ge=0, le=1, description="largest slope along each axis")
    zoom: Fraction = Field(default=0.0, description="largest scaling of each side: 0.1 for 1/1.1 to 1.1")
    brightness: Fraction = Field(default=0.0, description="factor on all values: 0.2 for 0.8 to 1.2")
    contrast: Fraction = Field(default=0.0, description="factor on distances from the mean grey: 0.2 for 0.8 to 1.2")
    saturation: Fraction = Field(
        default=0.0, description="factor on distances from each pixel's grey: 0.2 for 0.8 to 1.2"
    )
    hue: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="largest hue rotation in both directions, as a share of the colour circle",
    )
    randaugment: int = Field(default=0, ge=0, le=8, description="number of RandAugment operations for each sample")
    magnitude: float = Field(default=5.0, ge=0, le=10, description="strength of RandAugment operations, 0 to 10")
    mixup: float = Field(default=0.0, ge=0, description="MixUp: blend pairs by a share drawn from Beta(a, a)")
    cutmix: float = Field(
        default=0.0, ge=0, description="CutMix: paste a box of the partner with an area drawn from Beta(a, a)"
    )
