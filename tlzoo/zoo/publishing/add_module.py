"""Add an entry of your own for a SavedModel or a TensorFlow Hub module."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tlzoo.artifacts import ModuleDescription, describe, module_folder, resolve
from tlzoo.errors import UsageError
from tlzoo.plugins import module_entry
from tlzoo.registry import LOCAL, Entry, add_own_entry, plain

__all__ = ["Added", "add_module"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)?")
_WEIGHTS = "module"


@dataclass(frozen=True, slots=True)
class Added:
    """The new entry, its registry, and the facts of the module."""

    entry: Entry
    path: Path
    module: ModuleDescription

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        module = self.module
        about = {
            "kind": module.kind,
            "inputs": {name: list(each) for name, each in module.inputs.items()},
            "outputs": {name: list(each) for name, each in module.outputs.items()},
            "endpoints": list(module.endpoints),
            "signatures": list(module.signatures),
            "parameters": module.parameters,
            "trainable": module.trainable,
            "variables": list(module.variables),
        }
        return {"id": self.entry.id, "path": str(self.path), "entry": plain(self.entry), "module": about}


def add_module(
    handle: str,
    name: str | None = None,
    *,
    preprocessor: str | None = None,
    output_key: str | None = None,
    licence: str | None = None,
    path: Path | None = None,
) -> Added:
    """Inspect a module, and write an entry ``local/…`` with its hash to the user's registry.

    Raises UsageError for an invalid or taken name, and the errors of ``module_entry``.
    """
    entry_id = _id(name or _slug(handle))
    made = module_entry(handle, preprocessor=preprocessor, output_key=output_key)
    folder = resolve(replace(made, files={"module": made.files["module"]}))["module"]
    entry = replace(made, id=entry_id, licence=licence or made.licence)
    module = describe(module_folder(folder, made.id), made.id)
    return Added(entry, add_own_entry(entry, path), module)


def _id(name: str) -> str:
    plain_name = name.removeprefix(f"{LOCAL}/")
    if not _NAME.fullmatch(plain_name):
        raise UsageError(
            f"{name!r} is not a valid name for an entry", f"use {LOCAL}/NAME in lowercase letters, digits and hyphens"
        )
    return f"{LOCAL}/{plain_name}" if "." in plain_name else f"{LOCAL}/{plain_name}.{_WEIGHTS}"


def _slug(handle: str) -> str:
    """Return a distinctive name: the path of a URL without its publisher, or the name of a folder."""
    address = "://" in handle
    parts = [part for part in handle.partition("?")[0].rpartition("://")[2].split("/") if part]
    kept = parts[2:] if address and len(parts) > 3 else parts[-1:]  # noqa: PLR2004 - host, publisher, name, version
    return re.sub(r"[^a-z0-9_-]+", "-", "-".join(kept).lower()).strip("-_") or "module"
