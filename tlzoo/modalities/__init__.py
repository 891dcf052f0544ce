"""Modalities: kinds of raw input, with readers, checks, statistics, augmentation, thumbnails. One folder a modality."""

from tlzoo.modalities.contract import Glimpse, Modality, RawReader
from tlzoo.modalities.lookup import (
    core_modalities,
    find_modality,
    modality_names,
    modality_of_argument,
    require_modality,
)
from tlzoo.modalities.raw_inputs import RawInputs, read_file

__all__ = [
    "Glimpse",
    "Modality",
    "RawInputs",
    "RawReader",
    "core_modalities",
    "find_modality",
    "modality_names",
    "modality_of_argument",
    "read_file",
    "require_modality",
]
