"""Options of the policies for images; omitted options are off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["POLICIES"]

_LIGHT = {"flip": True, "crop": 0.1, "brightness": 0.1, "contrast": 0.1}
_STANDARD = {
    "flip": True,
    "crop": 0.2,
    "rotate": 10.0,
    "shear": 0.1,
    "zoom": 0.1,
    "brightness": 0.2,
    "contrast": 0.2,
    "saturation": 0.2,
    "hue": 0.02,
}
_STRONG = {
    "flip": True,
    "crop": 0.4,
    "rotate": 15.0,
    "shear": 0.15,
    "zoom": 0.2,
    "brightness": 0.3,
    "contrast": 0.3,
    "saturation": 0.3,
    "hue": 0.05,
    "randaugment": 2,
    "magnitude": 7.0,
    "mixup": 0.2,
    "cutmix": 1.0,
}

POLICIES: Mapping[str, Mapping[str, Any]] = {"light": _LIGHT, "standard": _STANDARD, "strong": _STRONG}
