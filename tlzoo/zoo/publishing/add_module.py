"""Add an entry of your own for a SavedModel or a TensorFlow Hub module."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tlzoo.artifacts import ModuleDescription, describe, is_module, module_folder, resolve, using
from tlzoo.artifacts.kaggle.handle import kaggle_handle, parsed_kaggle_handle
from tlzoo.artifacts.kaggle.model import open_kaggle_module
from tlzoo.errors import UsageError
from tlzoo.files.folders import expanded
from tlzoo.plugins import module_entry
from tlzoo.registry import Entry, add_own_entry, plain
from tlzoo.registry.licences import licence_expression
from tlzoo.registry.own import refuse_taken

from .own_name import kaggle_name, own_id, slug

__all__ = ["AddedModule", "add_module"]


@dataclass(frozen=True, slots=True)
class AddedModule:
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
) -> AddedModule:
    """Inspect a module, and write an entry ``local/…`` with its hash to the user's registry.

    Args:
        handle: URL of a module or an archive, model on Kaggle, or a folder.
        name: Id of the entry. None: from the name of the module.
        preprocessor: Text preprocessing module.
        output_key: Output to use as features, if there are several.
        licence: SPDX expression. None: that on Kaggle, else unknown.
        path: Registry to write. None: the one in the settings folder.

    Returns:
        The entry, its registry, and the facts of the module.

    Raises:
        UsageError: If the handle, the name or the licence is invalid, or the name is taken.
        EntryError: If the module is not available or not usable as a backbone.
        BytesRefusedError: If it is refused.
    """
    _require_handle(handle)
    on_kaggle = kaggle_handle(handle) is not None
    short, weights = kaggle_name(parsed_kaggle_handle(handle)) if on_kaggle else (_name(handle), "module")
    entry_id = own_id(slug(short) if name is None else name, weights=slug(weights))
    given = None if licence is None else licence_expression(licence)
    refuse_taken(entry_id, path)
    source, known = open_kaggle_module(handle) if on_kaggle else (handle, None)
    with using(trust_stated=on_kaggle or None):
        made = module_entry(source, preprocessor=preprocessor, output_key=output_key)
    folder = resolve(replace(made, files={"module": made.files["module"]}))["module"]
    entry = replace(made, id=entry_id, licence=given or known or made.licence)
    module = describe(module_folder(folder, made.id), made.id)
    return AddedModule(entry, add_own_entry(entry, path), module)


def _require_handle(handle: str) -> None:
    """Raise UsageError for a text that is neither a handle nor an existing folder."""
    if is_module(handle) or kaggle_handle(handle) is not None or expanded(handle).is_dir():
        return
    repository = re.fullmatch(r"(?:hf:/*|huggingface\.co/)?([\w.-]+/[\w.-]+)", handle)
    form = f"hf://{repository[1]}" if repository else "hf://OWNER/NAME"
    raise UsageError(
        f"there is no folder {handle!r}",
        f"for a model of Hugging Face, use {form}; other handles are URLs and kaggle://…",
    )


def _name(handle: str) -> str:
    """Return a distinctive name: the path of a URL without its publisher, or the name of a folder."""
    address = "://" in handle
    parts = [part for part in handle.partition("?")[0].rpartition("://")[2].split("/") if part]
    kept = parts[2:] if address and len(parts) > 3 else parts[-1:]  # noqa: PLR2004 - host, publisher, name, version
    return "-".join(kept)
