"""TensorFlow's protobuf messages of a SavedModel, redeclared to read them without importing TensorFlow.

They are read with the package protobuf, a dependency of TensorFlow, from descriptors in a private pool. ``schema.txt``
lists the fields; tests compare it with TensorFlow's own descriptors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["fields", "message"]

_MAP = re.compile(r"map<(\w+),(\w+)>")


def message(name: str) -> Any:
    """Return the class of a message: ``message("SavedModel").FromString(data)``."""
    return _classes()[name]


def fields() -> Mapping[str, list[tuple[int, str, str]]]:
    """Return the fields of each message in ``schema.txt``: number, name, type."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    name = ""
    for line in Path(__file__).with_name("schema.txt").read_text("utf-8").splitlines():
        if line.startswith("  "):
            number, field, kind = line.split()
            found[name].append((int(number), field, kind))
        elif not line.startswith("#"):
            name = line
            found[name] = []
    return found


@cache
def _classes() -> Mapping[str, Any]:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file: Any = descriptor_pb2.FileDescriptorProto(name="saved_model", package="tlzoo", syntax="proto3")
    declared = fields()
    for name, listed in declared.items():
        made = file.message_type.add(name=name)
        for number, field, kind in listed:
            oneof, _, plain = field.rpartition("/")
            mapped = _MAP.fullmatch(kind)
            if mapped:
                entry = f"{plain.title().replace('_', '')}Entry"
                nested = made.nested_type.add(name=entry)
                nested.options.map_entry = True
                _add(nested, 1, "key", mapped[1], declared)
                _add(nested, 2, "value", mapped[2], declared)
                added = _add(made, number, plain, f"{name}.{entry}*", {f"{name}.{entry}": ()})
            else:
                added = _add(made, number, plain, kind, declared)
            if oneof:
                added.oneof_index = _oneof(made, oneof)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"tlzoo.{name}")) for name in declared}


def _add(made: Any, number: int, name: str, kind: str, declared: Mapping[str, Any]) -> Any:
    field = made.field.add(name=name, number=number)
    field.label = field.LABEL_REPEATED if kind.endswith("*") else field.LABEL_OPTIONAL
    plain = kind.rstrip("*")
    if plain in declared:
        field.type, field.type_name = field.TYPE_MESSAGE, f".tlzoo.{plain}"
    else:
        field.type = getattr(field, f"TYPE_{plain.upper().replace('ENUM', 'INT32')}")
    return field


def _oneof(made: Any, name: str) -> int:
    names: Iterator[str] = (each.name for each in made.oneof_decl)
    known = list(names)
    if name not in known:
        made.oneof_decl.add(name=name)
        known.append(name)
    return known.index(name)
