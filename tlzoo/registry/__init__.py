"""Entries as data: what a registry holds, reading it, merging registries into the index."""

from .entry import (
    Entry,
    Features,
    File,
    ImageInput,
    InputContract,
    Measured,
    ObservationInput,
    Reported,
    TextInput,
    TrainingData,
)
from .index import build_index, index_path, read_index
from .merging import LOCAL, Provider, Registry, merge
from .own import add_own_entry, own_entries
from .plain import plain
from .reading import read_registry

__all__ = [
    "LOCAL",
    "Entry",
    "Features",
    "File",
    "ImageInput",
    "InputContract",
    "Measured",
    "ObservationInput",
    "Provider",
    "Registry",
    "Reported",
    "TextInput",
    "TrainingData",
    "add_own_entry",
    "build_index",
    "index_path",
    "merge",
    "own_entries",
    "plain",
    "read_index",
    "read_registry",
]
