"""Folders from archives or from single files: published atomically, with the hash of every file.

A tree is a folder with ``content`` and ``manifest.json``, which has the hash of its origin, the hash of each file, and
a combined hash.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tlzoo.artifacts.hashing import digests_in, tree_digest, verify_tree
from tlzoo.errors import BytesRefusedError
from tlzoo.files.atomic import atomic_folder, write_text

__all__ = ["content", "make_tree", "read_manifest", "verified_tree"]

_FORMAT = 1


def content(tree: Path) -> Path:
    """Return the folder for the loader."""
    return tree / "content"


def make_tree(tree: Path, source: str, what: str, fill: Callable[[Path], Mapping[str, str] | None]) -> None:
    """Let ``fill`` put files into an empty folder, and publish it with its manifest; on an error, publish nothing.

    ``source`` is the hash of the origin. If ``fill`` returns hashes, the folder must have exactly these files.
    """
    with atomic_folder(tree) as temporary:
        inside = content(temporary)
        inside.mkdir()
        expected = fill(inside)
        if expected is not None:
            verify_tree(inside, expected, what, "download it again", whole=True)
        digests = dict(expected or digests_in(inside, what))
        if not digests:
            raise BytesRefusedError(f"{what}: it contains no file")
        manifest = {"format": _FORMAT, "source": source, "tree": tree_digest(digests), "files": digests}
        write_text(temporary / "manifest.json", json.dumps(manifest, indent=1))


def read_manifest(tree: Path, source: str) -> Mapping[str, str] | None:
    """Return the hashes of a tree's files, or None if it is damaged or has another origin."""
    try:
        manifest: dict[str, Any] = json.loads((tree / "manifest.json").read_bytes())
        files: dict[str, str] = manifest["files"]
        whole = manifest["format"] == _FORMAT and manifest["source"] == source
        return files if whole and files and manifest["tree"] == tree_digest(files) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def verified_tree(tree: Path, source: str, what: str, fix: str) -> Path:
    """Return a tree's content after verifying every file; raise BytesRefusedError if one differs."""
    files = read_manifest(tree, source)
    if files is None:
        raise BytesRefusedError(f"{what}: {tree / 'manifest.json'} is damaged", fix)
    verify_tree(content(tree), files, what, fix, whole=True)
    return content(tree)
