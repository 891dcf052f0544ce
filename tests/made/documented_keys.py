"""Comparison of JSON outputs with the keys that docs/reference/json.md has for them."""

from __future__ import annotations

import re
from typing import Any

from sphinx_tlzoo.json_outputs import keys_of, outputs


def check_keys(name: str, value: Any) -> None:
    """Compare the keys of a command's value, and of its documented parts, with their documentation."""
    for documented, output in outputs().items():
        command, _, part = documented.partition(": ")
        if command == name:
            printed = {_named(key) for key in _part_of(value, part)} - output.get("optional", {}).keys()
            assert printed == keys_of(documented), documented


def _part_of(value: Any, part: str) -> Any:
    """Return the first object of a part such as ``phases[]``, or of an array."""
    for key in (None, part.removesuffix("[]")) if part else (None,):
        value = value if key is None else value[key]
        value = value[0] if isinstance(value, list) else value
    return value


def _named(key: str) -> str:
    """Name a key as the page does: fields of inputs follow from the kind of input."""
    return re.sub(r"^input\..+", "input.FIELD", key)
