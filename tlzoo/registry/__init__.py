"""Entries as data: the registry format, reading registries, and merging them into the index."""

from .checkout import index_path
from .entry import Entry, Features, File, Measured, Reported, TrainingData
from .index import build_index, read_index
from .inputs import DeclaredInput, ImageInput, InputContract, InputDeclaration, InputField, TextInput
from .merging import LOCAL, Provider, Registry, merge
from .own import add_own_entry, own_entries
from .plain import plain
from .reading import read_registry

__all__ = [
    "LOCAL",
    "DeclaredInput",
    "Entry",
    "Features",
    "File",
    "ImageInput",
    "InputContract",
    "InputDeclaration",
    "InputField",
    "Measured",
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
