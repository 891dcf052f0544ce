"""Input contracts of backbones: one module per kind of tlzoo, and kinds declared in registries."""

from __future__ import annotations

from collections.abc import Mapping

from .contract import FieldType, InputContract, in_words
from .declaration import DeclaredInput, InputDeclaration, InputField
from .image import ImageInput
from .text import TextInput

__all__ = [
    "CORE_INPUTS",
    "DeclaredInput",
    "FieldType",
    "ImageInput",
    "InputContract",
    "InputDeclaration",
    "InputField",
    "TextInput",
    "in_words",
]

CORE_INPUTS: Mapping[str, type[InputContract]] = {each.KIND: each for each in (ImageInput, TextInput)}
"""tlzoo's own input contracts, by kind."""
