"""Modules: SavedModels by the name that their user knows, as files of an entry, and the folder within what comes."""

from __future__ import annotations

from pathlib import Path

from tlzoo.errors import BytesRefusedError, EntryError, UsageError
from tlzoo.files.folders import expanded
from tlzoo.registry import File

__all__ = ["is_module", "module_file", "module_folder"]

_SCHEMES = ("hub:", "file:", "package:", "hf://")
_ARCHIVES = (".tar.gz", ".tgz", ".tar", ".zip")
_FILE = "saved_model.pb"
_OLD_FORMAT = "tfhub_module.pb"


def is_module(name: str) -> bool:
    """Return whether a name is that of a module and not of an entry: a source, an address, a folder with a SavedModel.

    >>> is_module("hub:https://tfhub.dev/google/nnlm-en-dim50/2"), is_module("hub/nnlm-en-dim50.news")
    (True, False)
    """
    return name.startswith((*_SCHEMES, "https://", "http://")) or (expanded(name) / _FILE).is_file()


def module_file(handle: str, hashed: str | None = None) -> File:
    """Return what a registry would say of a module: an address of a Hub, of an archive, a folder, or a source.

    >>> module_file("https://tfhub.dev/google/nnlm-en-dim50/2").source
    'hub:https://tfhub.dev/google/nnlm-en-dim50/2'
    """
    if handle.startswith(("https://", "http://")):
        archive = handle.partition("?")[0].endswith(_ARCHIVES)
        return File(handle, hashed, unpack=True) if archive else File(f"hub:{handle}", hashed)
    if handle.startswith(_SCHEMES):
        return File(handle, hashed, unpack=handle.endswith(_ARCHIVES))
    return File(f"file:{expanded(handle).absolute()}", hashed)


def module_folder(path: Path, what: str) -> Path:
    """Return the folder with the SavedModel: the one itself, or the only one below it that has one.

    Raises UsageError for the format of TF1 Hub, EntryError where there is no folder, BytesRefusedError where there is
    not one SavedModel in it; messages begin with ``what``.
    """
    if (path / _OLD_FORMAT).exists() or list(path.glob(f"*/{_OLD_FORMAT}")):
        raise UsageError(
            f"{what} is in the format of TF1 Hub, which TensorFlow 2 cannot fine-tune",
            "take a later version of it: those of most publishers from 4 on are TF2 SavedModels",
        )
    if not path.is_dir():
        raise EntryError(f"{what}: {path} is no folder", f"name the folder that holds {_FILE}")
    found = [path] if (path / _FILE).is_file() else [each.parent for each in path.glob(f"*/{_FILE}")]
    if len(found) != 1:
        raise BytesRefusedError(f"{what}: {len(found)} SavedModels are in {path}", "name a folder that holds one")
    return found[0]
