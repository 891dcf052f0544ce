"""Resolve an entry to verified local files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tlzoo.errors import BytesRefusedError, EntryError
from tlzoo.registry import Entry, File

from .fetching.fetch import check_pin, fetch_file, fetch_folder, pin_what_is_new, require_hash, unpack_archive
from .fetching.kept_wheels import kept_wheels
from .fetching.trees import content, verified_tree
from .formats.keras_model import check_keras_model
from .formats.weights import check_weights, is_hdf5, refuse_pickles
from .hashing import digest, verify, verify_tree
from .in_use import use
from .paths import cached_path, known_hash, local_path, place, tree_path, user_paths
from .savedmodel import check_saved_model, saved_models_in
from .settings import settings
from .sources import is_archive

__all__ = ["check_content", "locate", "resolve", "resolve_file", "verified_file"]

_HDF5 = {".h5", ".hdf5"}
_KERAS = ".keras"
_SHARDS = ".weights.json"
"""Keras's list of weight files, whose names may lead anywhere."""


def resolve(entry: Entry) -> Mapping[str, Path]:
    """Return the paths of an entry's files, each verified with its hash.

    Missing files are downloaded, unless ``settings`` forbid it.

    Args:
        entry: The entry.

    Returns:
        Local paths by the names of the files.

    Raises:
        EntryError: If a file is not available. The message has its hash, its source and where to put it.
        BytesRefusedError: If the bytes of a file differ from the declared or pinned hash.
    """
    with kept_wheels():
        return {name: resolve_file(f"{entry.id}: {name}", file) for name, file in entry.files.items()}


def resolve_file(what: str, file: File) -> Path:
    """Return the local path of one file or folder, verified and downloaded if missing.

    SavedModels and weight files are inspected, so that a loader does not open an unexpected program.

    Args:
        what: Start of messages: an entry's id, a colon and the name of the file.
        file: File of an entry.

    Returns:
        The path.

    Raises:
        EntryError: If the file is not available.
        BytesRefusedError: If its bytes or its content are refused.
    """
    path = verified_file(what, file)
    check_content(what, path)
    return path


def check_content(what: str, path: Path) -> None:
    """Refuse a file or folder that would run code, or read other files, when opened.

    Args:
        what: Start of messages: an entry's id, a colon and the name of the file.
        path: File or folder.

    Raises:
        BytesRefusedError: If the content is refused.
    """
    if path.is_dir():
        for folder in saved_models_in(path):
            check_saved_model(folder, what)
        files = [each for each in path.rglob("*") if each.is_file()]
    else:
        refuse_pickles(path, what)
        files = [path]
    for each in files:
        if each.suffix.lower() == _KERAS:
            check_keras_model(each, f"{what}: {each}")
        elif each.name.lower().endswith(_SHARDS):
            raise BytesRefusedError(f"{what}: {each} refers to other weight files", "put all weights into one file")
        elif each.suffix.lower() in _HDF5 and is_hdf5(each):
            check_weights(each, what)


def verified_file(what: str, file: File) -> Path:
    """Return the path as ``resolve_file`` does, with verified bytes but without inspection."""
    hashed = None if local_path(file.source) is not None else known_hash(file)
    if hashed is not None and place(hashed).exists():
        use(place(hashed))
    if file.members:
        return _folder(what, file)
    if not is_archive(file):
        return _file(what, file)
    hashed = known_hash(file)
    if hashed is None or not tree_path(hashed).exists():
        archive = _file(what, file)
        hashed = known_hash(file) or digest(archive)
        unpack_archive(what, archive, hashed)
    return verified_tree(tree_path(hashed), hashed, what, _fix(what, tree_path(hashed)))


def locate(file: File) -> Path | None:
    """Return the local path of a file, an archive or its unpacked folder, unverified.

    Args:
        file: File of an entry.

    Returns:
        The path; None if it is not on this machine.
    """
    local = local_path(file.source)
    if local is not None:
        return local if local.exists() else None
    hashed, cached = known_hash(file), cached_path(file)
    candidates = [*user_paths(file)] if cached is None or file.members else [cached, *user_paths(file)]
    if hashed is not None and (file.members or is_archive(file)):
        candidates.append(content(tree_path(hashed)))
    return next((path for path in candidates if path.exists()), None)


def _file(what: str, file: File) -> Path:
    """Return a single file, or a local folder, verified."""
    local = local_path(file.source)
    if local is None:
        check_pin(what, file)
    path = locate(file)
    if path is None:
        if local is not None:
            fix = "reinstall the plugin" if file.source.startswith("package:") else None
            raise EntryError(f"{what}: {local} does not exist", fix)
        path = fetch_file(what, file)
    if local is None:
        require_hash(what, file, settings(), path)
    whole = file.hash is not None and file.hash.startswith("tree-")
    if file.hash is not None:
        if path.is_dir() and not whole:
            raise EntryError(
                f"{what}: {path} is a folder, but its hash is that of a file", "declare a tree-sha256 hash"
            )
        if whole and not path.is_dir():
            raise EntryError(f"{what}: {path} is not a folder, but its hash is that of a folder", "declare sha256:…")
        verify(path, file.hash, what, _fix(what, path))
    if local is None:
        pin_what_is_new(what, file, path)
    return path


def _folder(what: str, file: File) -> Path:
    """Return a folder with files declared one by one, each verified."""
    hashed, local = known_hash(file), local_path(file.source)
    assert hashed is not None
    if file.hash is not None and file.hash != hashed:
        raise EntryError(f"{what}: its files have {hashed}, not the declared {file.hash}", "correct the registry")
    if local is not None:
        if not local.is_dir():
            fix = "reinstall the plugin" if file.source.startswith("package:") else None
            raise EntryError(f"{what}: {local} is not a folder", fix)
        verify_tree(local, file.members, what, "replace the file", whole=False)
        return local
    tree = tree_path(hashed)
    by_hand = next((path for path in user_paths(file) if path.is_dir()), None)
    if by_hand is not None and not tree.exists():
        verify_tree(by_hand, file.members, what, "replace the file", whole=False)
        return by_hand
    if not tree.exists():
        fetch_folder(what, file)
    return verified_tree(tree, hashed, what, _fix(what, tree))


def _fix(what: str, path: Path) -> str:
    """Return the fix for a file with other bytes: download it again if it is in the cache."""
    cache = place("x").parent
    return (
        f"run `tlzoo fetch {what.partition(': ')[0]}` to download it again"
        if cache in path.parents
        else "replace the file"
    )
