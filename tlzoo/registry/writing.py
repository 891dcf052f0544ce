"""Write a registry as readable TOML: one table per entry, one line per field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .merging import Registry
from .plain import plain

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = """\
# All known registries, merged. Built by `tlzoo registry build`: edit the registries, not this file.
format = 1
"""


def index_text(registry: Registry, header: str = _HEADER) -> str:
    """Return the text of an index: its plugins, then all entries, each with its plugin."""
    tables = [(("plugins", each.plugin), _without(plain(each), "plugin")) for each in registry.providers]
    tables += [(("inputs", each.kind), plain(each)) for each in registry.inputs]
    tables += [(("entries", each.id), _without(plain(each), "id")) for each in registry.entries]
    return header + "".join("\n" + "\n".join(_table(name, table)) + "\n" for name, table in tables)


def _table(name: tuple[str, str], table: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{'.'.join(_key(part) for part in name)}]"
    for key, value in table.items():
        if key == "reported":
            yield f"{key} = [\n{''.join(f'  {_value(row)},' + chr(10) for row in value)}]"
        elif isinstance(value, Mapping):
            parts = {name: _joined(file) for name, file in value.items()} if key == "files" else value
            yield from (f"{_key(key)}.{_key(part)} = {_value(inner)}" for part, inner in parts.items())
        else:
            yield f"{_key(key)} = {_value(value)}"


def _joined(file: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a file whose ``source`` is the list of its sources, if it has several."""
    table = _without(dict(file), "alternatives")
    return {**table, "source": [file["source"], *file["alternatives"]]} if "alternatives" in file else table


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{_key(key)} = {_value(part)}" for key, part in value.items()) + " }" if value else "{}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(_value(part) for part in value) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _without(table: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}
