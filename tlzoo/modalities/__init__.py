"""Modalities: kinds of raw input, with readers, checks, statistics and augmentation. One folder per modality."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tlzoo.modalities.contract import Glimpse, Modality, RawReader
from tlzoo.modalities.lookup import (
    core_modalities,
    find_modality,
    modality_names,
    modality_of_argument,
    require_modality,
)
from tlzoo.modalities.matching import check_data
from tlzoo.modalities.portable import NeedsTensorFlow, PortablePreparation
from tlzoo.modalities.raw_inputs import RawInputs, read_file
from tlzoo.modalities.tiles import LARGEST_TILE, SMALLEST_TILE, TileGrid

if TYPE_CHECKING:
    from tlzoo.modalities.augmentation import Augmentation, Augmenter, Fraction, Pairing, uniforms
    from tlzoo.modalities.text.wordpiece import normalized_characters

__all__ = [
    "LARGEST_TILE",
    "SMALLEST_TILE",
    "Augmentation",
    "Augmenter",
    "Fraction",
    "Glimpse",
    "Modality",
    "NeedsTensorFlow",
    "Pairing",
    "PortablePreparation",
    "RawInputs",
    "RawReader",
    "TileGrid",
    "check_data",
    "core_modalities",
    "find_modality",
    "modality_names",
    "modality_of_argument",
    "normalized_characters",
    "read_file",
    "require_modality",
    "uniforms",
]

_HOME = dict.fromkeys(("Augmentation", "Augmenter", "Fraction", "Pairing", "uniforms"), "augmentation")
_HOME["normalized_characters"] = "text.wordpiece"


def __getattr__(name: str) -> Any:
    """Import names that need pydantic on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
