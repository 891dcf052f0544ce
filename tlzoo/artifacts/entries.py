"""Download, verify or mirror all files of an entry, with one report per file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from tlzoo.errors import BytesRefusedError, EntryError, TlzooError
from tlzoo.files.atomic import atomic_write, remove_folder, write_text
from tlzoo.files.format_number import with_format, without_format
from tlzoo.files.lock import exclusive
from tlzoo.registry import Entry, File

from .fetching.fetch import MIRROR_INDEX, fetch_file, locked
from .fetching.kept_wheels import kept_wheels
from .hashing import digest, verify
from .paths import cached_path, known_hash, local_path, place
from .pins import pinned
from .resolution import check_content, locate, verified_file
from .settings import settings, using
from .sources import file_name, is_archive, member

__all__ = ["FileReport", "fetch_entry", "mirror_entry", "verify_entry"]

State = Literal["fetched", "here", "verified", "mirrored", "local", "missing", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class FileReport:
    """State of one file of an entry. ``error`` and ``fix`` explain why it is missing, refused or failed."""

    entry: str
    file: str
    source: str
    state: State
    hash: str | None
    """Declared or pinned."""
    bytes: int | None
    path: str | None
    error: str | None = None
    fix: str | None = None
    exit_code: int = 0
    """Exit code of the command line due to this file."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {key: value for key, value in asdict(self).items() if key != "exit_code"}


def fetch_entry(entry: Entry) -> Iterator[FileReport]:
    """Download every file of an entry; cached files with other bytes are downloaded again.

    Args:
        entry: The entry.

    Yields:
        A report per file; a failed download has its reason in ``error``.
    """
    with kept_wheels():
        for name, file in entry.files.items():
            yield _reported(entry, name, file, _fetch)


def verify_entry(entry: Entry) -> Iterator[FileReport]:
    """Hash and inspect every file of an entry on this machine, without downloads.

    Args:
        entry: The entry.

    Yields:
        A report per file; ``error`` says what is wrong with it.
    """
    with using(offline=True, mirrors=(), trust_on_first_use=False):
        for name, file in entry.files.items():
            yield _reported(entry, name, file, _verify)


def mirror_entry(entry: Entry, folder: Path) -> Iterator[FileReport]:
    """Copy every remote file of an entry to a folder for ``TLZOO_MIRROR``, downloading missing files.

    Files are named by their hash, as in the cache; ``mirror.json`` lists the sources.

    Args:
        entry: The entry.
        folder: Folder to create or to add to.

    Yields:
        A report per file.
    """

    def mirror(what: str, file: File) -> tuple[State, Path]:
        return _mirror(what, file, folder, entry.id)

    with kept_wheels():
        for name, file in entry.files.items():
            yield _reported(entry, name, file, mirror)


def _reported(entry: Entry, name: str, file: File, work: Callable[[str, File], tuple[State, Path]]) -> FileReport:
    what = f"{entry.id}: {name}"

    def report(state: State, path: Path | None, error: TlzooError | None = None) -> FileReport:
        hashed = None
        try:
            hashed = known_hash(file)
        except TlzooError as damaged:  # the lock file; the main error reports it, too
            error = error or damaged
        size = _size(path) if path is not None else file.bytes
        where = None if path is None else str(path)
        if error is None:
            return FileReport(entry.id, name, file.source, state, hashed, size, where)
        said = error.what.removeprefix(f"{what}: ")
        return FileReport(entry.id, name, file.source, state, hashed, size, where, said, error.fix, error.exit_code)

    try:
        return report(*work(what, file))
    except BytesRefusedError as error:
        return report("refused", None, error)
    except EntryError as error:
        return report("missing" if work is _verify else "failed", None, error)


def _fetch(what: str, file: File) -> tuple[State, Path]:
    before = locate(file)
    try:
        path = verified_file(what, file)
    except BytesRefusedError:
        hashed = known_hash(file)
        now = settings()
        if before is None or hashed is None or place(hashed) not in before.parents or (now.offline and not now.mirrors):
            raise
        with locked(what, place(hashed)):
            remove_folder(place(hashed))
        before, path = None, verified_file(what, file)
    check_content(what, path)
    return "fetched" if before is None else "here", path


def _verify(what: str, file: File) -> tuple[State, Path]:
    path = verified_file(what, file)
    archive = cached_path(file) if is_archive(file) else None
    hashed = known_hash(file)
    if archive is not None and archive.exists() and hashed is not None:
        verify(archive, hashed, what, f"run `tlzoo fetch {what.partition(': ')[0]}` to download it again")
    check_content(what, path)
    return "verified", path


def _mirror(what: str, file: File, folder: Path, entry: str) -> tuple[State, Path]:
    local = local_path(file.source)
    if local is not None:
        return "local", verified_file(what, file)
    inside = verified_file(what, file)
    if not file.members:
        return "mirrored", _copied(what, file, _archive(what, file) if is_archive(file) else inside, folder, entry)
    for path in file.members:
        _copied(f"{what}: {path}", member(file, path), inside / path, folder, entry)
    return "mirrored", folder


def _archive(what: str, file: File) -> Path:
    """Return the archive of an unpacked folder, because the mirror has the published file."""
    here = locate(file)
    return here if here is not None and here.is_file() else fetch_file(what, file)


def _copied(what: str, file: File, path: Path, folder: Path, entry: str) -> Path:
    hashed = known_hash(file)
    assert hashed is not None
    inside = f"{hashed.replace(':', '-')}/{file_name(file.source)}"
    target = folder / inside
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (target.exists() and digest(target, hashed.partition(":")[0]) == hashed):
            with path.open("rb") as source, atomic_write(target) as stream:
                shutil.copyfileobj(source, stream, 1 << 20)
            verify(target, hashed, what, "mirror it again")
        with exclusive(folder / MIRROR_INDEX):
            _enter(folder / MIRROR_INDEX, file, inside, hashed, target, entry)
    except OSError as error:
        raise EntryError(f"{what}: {target} cannot be written: {error.strerror}", "choose another folder") from error
    return target


def _enter(index: Path, file: File, inside: str, hashed: str, target: Path, entry: str) -> None:
    """Write a row of the mirror's index: one per source."""
    try:
        found = without_format(json.loads(index.read_bytes()), str(index), error=EntryError)
        rows = {row["source"]: row for row in found["files"]}
    except FileNotFoundError:
        rows = {}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EntryError(f"{index} is not the index of a mirror: {error}", "remove it, and mirror again") from error
    pin = pinned(file.source)
    entries = sorted({entry, *rows.get(file.source, {}).get("entries", [])})
    rows[file.source] = {
        "source": file.source,
        "path": inside,
        "hash": hashed,
        "sha256": pin.sha256 if pin else hashed,
        "bytes": target.stat().st_size,
        "entries": entries,
    }
    document = with_format({"files": [rows[source] for source in sorted(rows)]})
    write_text(index, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
