"""Modules: SavedModels given by handle, URL or folder instead of an entry."""

from __future__ import annotations

from pathlib import Path

from tlzoo.errors import BytesRefusedError, EntryError, UsageError
from tlzoo.files.folders import expanded
from tlzoo.registry import File

from .hugging_face.handle import parsed_hub_handle
from .kaggle.handle import has_config, kaggle_handle, parsed_kaggle_handle

__all__ = ["is_module", "module_file", "module_folder"]

_SCHEMES = ("hub:", "file:", "package:", "hf://", "kaggle://")
_ARCHIVES = (".tar.gz", ".tgz", ".tar", ".zip")
_FILE = "saved_model.pb"
_OLD_FORMAT = "tfhub_module.pb"


def is_module(name: str) -> bool:
    """Return whether a name is a module and not an entry: a source, a URL, or a folder with a SavedModel.

    >>> is_module("hub:https://tfhub.dev/google/nnlm-en-dim50/2"), is_module("hub/nnlm-en-dim50.news")
    (True, False)

    Args:
        name: Name given by the user.

    Returns:
        True for a module.
    """
    return name.startswith((*_SCHEMES, "https://", "http://")) or (expanded(name) / _FILE).is_file()


def module_file(handle: str, hashed: str | None = None) -> File:
    """Return a module as the file of an entry.

    >>> module_file("https://tfhub.dev/google/nnlm-en-dim50/2").source
    'hub:https://tfhub.dev/google/nnlm-en-dim50/2'

    Args:
        handle: TensorFlow Hub URL, archive URL, page on Kaggle, folder or source.
        hashed: Hash of the file, if known.

    Returns:
        The file.

    Raises:
        UsageError: If the handle is a repository, whose network needs a loader, or has no version.
    """
    _refuse_repository(handle)
    handle = kaggle_handle(handle) or handle
    if handle.startswith(("https://", "http://")):
        archive = handle.partition("?")[0].endswith(_ARCHIVES)
        return File(handle, hashed, unpack=True) if archive else File(f"hub:{handle}", hashed)
    if handle.startswith(_SCHEMES):
        return File(handle, hashed, unpack=handle.endswith(_ARCHIVES))
    return File(f"file:{expanded(handle).absolute()}", hashed)


def _refuse_repository(handle: str) -> None:
    """Raise UsageError for a handle of several files that only `tlzoo registry add` can read."""
    if handle.startswith("hf://") and len(handle.removeprefix("hf://").split("/")) <= 2:  # noqa: PLR2004 - owner, name
        parsed_hub_handle(handle)
        raise UsageError(f"{handle} is a repository", f"run `tlzoo registry add {handle}`, and use the new entry")
    if kaggle_handle(handle) is not None:
        model = parsed_kaggle_handle(handle)
        if has_config(model):
            raise UsageError(f"{handle} is a repository", f"run `tlzoo registry add {handle}`, and use the new entry")
        if model.version is None:
            raise UsageError(f"{handle} has no version", f"add one, as in {handle}/1")


def module_folder(path: Path, what: str) -> Path:
    """Return the folder with the SavedModel: the given one, or the only one below it with a SavedModel.

    Args:
        path: Folder.
        what: Start of messages.

    Returns:
        The folder with ``saved_model.pb``.

    Raises:
        UsageError: If the module is in the TF1 Hub format.
        EntryError: If the folder does not exist.
        BytesRefusedError: If there is not exactly one SavedModel.
    """
    if (path / _OLD_FORMAT).exists() or list(path.glob(f"*/{_OLD_FORMAT}")):
        raise UsageError(
            f"{what} is in the format of TF1 Hub, which TensorFlow 2 cannot fine-tune",
            "use a later version: for most publishers, versions from 4 on are TF2 SavedModels",
        )
    if not path.is_dir():
        raise EntryError(f"{what}: {path} is not a folder", f"give the folder that contains {_FILE}")
    found = [path] if (path / _FILE).is_file() else [each.parent for each in path.glob(f"*/{_FILE}")]
    if len(found) != 1:
        raise BytesRefusedError(f"{what}: {path} has {len(found)} SavedModels", "give a folder with exactly one")
    return found[0]
