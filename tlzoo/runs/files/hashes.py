"""``hashes.json``: the SHA-256 of each file of a finished run.

An unfinished run still changes: only its recipe and the weights that it starts from are hashed here, and the journal
has the hash of each finished phase's checkpoint. A hash detects damage and mix-ups. It does not protect against the
author of the folder, who can write new hashes, so every opened file is also inspected.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tlzoo.artifacts.formats.documents import read_json
from tlzoo.artifacts.hashing import digest
from tlzoo.errors import BytesRefusedError
from tlzoo.files.atomic import write_text
from tlzoo.files.format_number import with_format, without_format

__all__ = [
    "BEGINNING",
    "FILE",
    "REWRITTEN",
    "add_hashes",
    "checkpoint_hash",
    "files_in",
    "finish_folder",
    "hash_beginning",
    "read_hashes",
    "write_hashes",
]

FILE = "hashes.json"
BEGINNING = ("recipe.toml", "checkpoints/start.npz")
"""Files that exist from the start of a run and never change."""
REWRITTEN = ("exports/export.json", "exports/export.svg")
"""Tables and plots of exported files, which each export rewrites. Nothing is predicted with them."""
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


def finish_folder(folder: Path, result: str, *, outside: Iterable[str] = ()) -> None:
    """Write ``hashes.json`` of all files, then ``result.json`` with this text, which marks the folder as complete.

    Files in the subfolders ``outside`` are skipped: these folders have their own hashes.
    """
    own = [path for path in files_in(folder) if path.partition("/")[0] not in {*outside, "result.json"}]
    hashed = "sha256:" + hashlib.sha256(result.encode()).hexdigest()
    write_hashes(folder, {path: digest(folder / path) for path in own} | {"result.json": hashed})
    write_text(folder / "result.json", result)


def add_hashes(folder: Path, *below: str) -> None:
    """Add the files in these subfolders of a finished run to ``hashes.json``, such as files exported after training.

    ``REWRITTEN`` files lose their hashes: a process that ends while it rewrites them leaves the run usable.

    The process must hold the lock of the run. A run of an older version has no hashes and gets none.
    """
    known = read_hashes(folder)
    if known is not None:
        new = [path for path in files_in(folder) if path.startswith(tuple(f"{each}/" for each in below))]
        kept = {path: hashed for path, hashed in known.items() if path not in REWRITTEN}
        write_hashes(folder, kept | {path: digest(folder / path) for path in new})


def hash_beginning(folder: Path) -> None:
    """Write ``hashes.json`` of the files that exist at the start of a run."""
    write_hashes(folder, {path: digest(folder / path) for path in BEGINNING if (folder / path).is_file()})


def write_hashes(folder: Path, hashes: Mapping[str, str]) -> None:
    """Write ``hashes.json``: the hash of each file by its path within the folder."""
    document = with_format({"files": {path: hashes[path] for path in sorted(hashes)}})
    write_text(folder / FILE, json.dumps(document, indent=1) + "\n")


def checkpoint_hash(checkpoints: Path | None, name: str) -> dict[str, str]:
    """Return ``{"sha256": …}`` of a checkpoint for the journal; empty if the trainer uses another format."""
    path = None if checkpoints is None else checkpoints / f"{name}.npz"
    return {"sha256": digest(path)} if path is not None and path.is_file() else {}


def read_hashes(folder: Path) -> dict[str, str] | None:
    """Return the hashes of a folder by path; None if an older version of tlzoo wrote none.

    Raises BytesRefusedError if the file is damaged.
    """
    path = folder / FILE
    try:
        document = read_json(path)
    except FileNotFoundError:
        return None
    files = without_format(document, str(path)).get("files") if isinstance(document, dict) else None
    if not isinstance(files, dict) or not all(
        isinstance(each, str) and _SHA256.fullmatch(each) for each in files.values()
    ):
        raise BytesRefusedError(f"{path} is damaged", "restore the original file")
    return files


def files_in(folder: Path) -> list[str]:
    """Return the paths of the files within a folder, sorted.

    ``hashes.json`` itself, hidden files next to it (the lock), and temporary files of running processes are skipped.
    """
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if path != FILE and not path.startswith(".") and not path.endswith(".part"))
