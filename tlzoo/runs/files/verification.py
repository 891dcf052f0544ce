"""Verification of run folders, which are untrusted: layout, hashes and content are checked before a run is opened.

``RunFolder.open`` calls this module, so every command uses it. Programs are inspected again by the function that
loads them: ``load_inspected`` for a SavedModel, ``Checkpoints`` for arrays.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tlzoo.artifacts import settings
from tlzoo.artifacts.formats.documents import parse_toml, read_json, read_plain
from tlzoo.artifacts.formats.keras_model import check_keras_model
from tlzoo.artifacts.formats.npz import check_arrays
from tlzoo.artifacts.formats.weights import check_weights, is_hdf5, refuse_pickles
from tlzoo.artifacts.hashing import digest
from tlzoo.errors import BytesRefusedError
from tlzoo.files.format_number import without_format
from tlzoo.runs.files.hashes import BEGINNING, REWRITTEN, files_in, read_hashes
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.runs.files.paths import RunPaths
from tlzoo.runs.files.result import read_result
from tlzoo.runs.recipe import NEWEST_RECIPE

__all__ = ["DOCUMENTS", "Part", "check_layout", "check_run", "expected_hashes", "inspect_file", "is_covered"]

Part = Literal["answers.npz", "checkpoints", "serving", "model.keras", "exports"]
"""Parts that a command opens, besides the documents."""
DOCUMENTS = (
    "recipe.toml",
    "journal.jsonl",
    "metrics.jsonl",
    "environment.json",
    "set-aside.jsonl",
    "decision.json",
    "result.json",
)
_INSPECTED_ELSEWHERE = {"serving", "exports"}
"""SavedModels are inspected when they are loaded; exported files are data for their runtimes."""
MOST_RECIPE = 256 * 2**10
_MOST_FILES = 100_000
_RESTORE = "restore the original folder, or train again"


def check_run(folder: RunPaths, parts: Iterable[Part]) -> None:
    """Raise BytesRefusedError, with the file, unless a run's documents and these parts are safe to open.

    Links, special files and changed files are refused anywhere in the folder. A missing or added file is refused only
    if it would be opened. A run of an older version has no hashes; its files are inspected, with a note.
    """
    check_layout(folder.path)
    expected, finished = expected_hashes(folder), folder.result.exists()
    if expected is None and finished:
        settings().progress.note(
            f"{folder.path} has no hashes.json (older version): files are inspected, but hashes are not checked"
        )
    _check_hashes(folder, expected or {}, (*DOCUMENTS, *parts), complete=finished and expected is not None)
    for name in files_in(folder.path):
        if is_covered(name, {*DOCUMENTS, *parts} - _INSPECTED_ELSEWHERE):
            with suppress(FileNotFoundError):  # just removed by a training process
                inspect_file(folder, name)


def check_layout(folder: Path) -> None:
    """Raise BytesRefusedError if a folder contains a link, a pipe, a device, or too many files."""
    count = 0
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path, count = Path(parent, name), count + 1
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:  # just moved by a training process
                continue
            if stat.S_ISLNK(mode):
                raise BytesRefusedError(
                    f"{path} is a link, which is not allowed in a run", "replace it by the file itself"
                )
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise BytesRefusedError(f"{path} is neither a file nor a folder", "remove it")
        if count > _MOST_FILES:
            raise BytesRefusedError(f"{folder} has more than {_MOST_FILES:,} files", "this is not a run; remove it")


def expected_hashes(folder: RunPaths) -> dict[str, str] | None:
    """Return the hash by path of each file that must not change; None for a run of an older version.

    For an unfinished run these are its initial files and the checkpoints of finished phases.
    """
    written = read_hashes(folder.path)
    if written is None or folder.result.exists():
        return written
    here = set(files_in(folder.path))
    expected = {path: hashed for path, hashed in written.items() if path in BEGINNING}
    for event in Journal(folder.journal).events:
        if (
            event["event"] == "result"
            and isinstance(event.get("sha256"), str)
            and isinstance(event.get("result"), dict)
        ):
            expected[f"{folder.checkpoints.name}/{event['result'].get('checkpoint')}.npz"] = event["sha256"]
    return {path: hashed for path, hashed in expected.items() if path in here}


def inspect_file(folder: RunPaths, name: str) -> None:
    """Raise BytesRefusedError if a document, a checkpoint or the Keras model of a run has refused content.

    SavedModels are inspected as a whole folder, by ``check_saved_model``.
    """
    path = folder.path / name
    match name, path.suffix:
        case "recipe.toml", _:
            without_format(parse_toml(read_plain(path, MOST_RECIPE), str(path)), str(path), NEWEST_RECIPE)
        case "result.json", _:
            read_result(path)
        case "journal.jsonl", _:
            Journal(path)
        case (_, ".jsonl"):
            MetricsFile(path)
        case (_, ".json"):
            _check_json(path)
        case (_, ".npz"):
            check_arrays(path, str(path))
        case "model.keras", _:
            check_keras_model(path, str(path))
        case _ if name.startswith("checkpoints/"):
            refuse_pickles(path, name)
            if is_hdf5(path):
                check_weights(path, name)


def _check_json(path: Path) -> None:
    document = read_json(path)
    if path.name == "environment.json" and isinstance(document, dict):  # other documents belong to trainers
        without_format(document, str(path))


def is_covered(name: str, parts: Iterable[str]) -> bool:
    """Return whether a file is one of these documents or is in one of these folders."""
    return name in parts or name.partition("/")[0] in parts


def _check_hashes(folder: RunPaths, expected: Mapping[str, str], opened: Iterable[str], *, complete: bool) -> None:
    """Compare every file with its hash, files to open first; ``complete`` refuses files to open without a hash."""
    here, opening = set(files_in(folder.path)), set(opened)
    for name in sorted(here | expected.keys(), key=lambda name: (not is_covered(name, opening), name)):
        path, opens = folder.path / name, is_covered(name, opening)
        if name not in expected:
            if complete and opens and name not in REWRITTEN:
                raise BytesRefusedError(f"{path} was added after the run ended", _RESTORE)
        elif name not in here:
            if opens and not name.startswith("checkpoints/"):  # may be removed to save space; reading one reports it
                raise BytesRefusedError(f"{path} is missing", _RESTORE)
        elif (found := digest(path)) != expected[name]:
            raise BytesRefusedError(f"{path} was changed: it has {found}, expected {expected[name]}", _RESTORE)
