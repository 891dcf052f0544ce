"""Download files into the cache: locked, verified before they are opened, and published atomically."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from tlzoo.artifacts.hashing import digest
from tlzoo.artifacts.in_use import use
from tlzoo.artifacts.paths import MODELS, cached_path, known_hash, place, tree_path
from tlzoo.artifacts.pins import lock_path, pin, pin_mismatch, pinned
from tlzoo.artifacts.settings import Settings, settings
from tlzoo.artifacts.sources import file_name, is_archive, member, origin
from tlzoo.errors import BytesRefusedError, EntryError, FetchError
from tlzoo.files.atomic import remove_leftovers, sync
from tlzoo.files.folders import cache_folder
from tlzoo.files.format_number import without_format
from tlzoo.registry import File

from .download import Download
from .kept_wheels import kept_wheels
from .stream import BrokenStreamError, get
from .trees import make_tree
from .unpack import unpack

__all__ = [
    "MIRROR_INDEX",
    "check_pin",
    "fetch_file",
    "fetch_folder",
    "locked",
    "pin_what_is_new",
    "require_hash",
    "unpack_archive",
]

MIRROR_INDEX = "mirror.json"
_MOST_INDEX = 20 * 10**6
_PAGE = (b"<!doctype html", b"<html", b"<?xml version=")


def fetch_file(what: str, file: File) -> Path:
    """Download a missing remote file into the cache; return its path after verifying its hash.

    An archive is unpacked first, so a damaged one is not stored. Raises FetchError if the download fails, and
    BytesRefusedError for bytes that differ from the declared or pinned hash.
    """
    now = settings()
    if now.offline or not (now.confirm is not None or now.trust_stated):
        require_hash(what, file, now)
    with _downloading(what, file) as download:
        there = cached_path(file)
        if there is not None and there.exists():  # just downloaded by another process
            use(there.parent)
            if there.exists():  # and not pruned by a third one
                return there
        sha256 = _brought(what, file, download, now)
        stated = now.trust_stated and download.stated_md5 is not None
        if not stated:
            require_hash(what, file, now, download.body)
        hashed = file.hash or sha256
        if is_archive(file):
            unpack_archive(what, download.body, hashed)
        with locked(what, place(hashed)):
            use(place(hashed))
            path = _published(download.body, place(hashed) / file_name(file.source))
        pin_what_is_new(what, file, path, "md5" if stated else "first use")
        return path


def fetch_folder(what: str, file: File) -> None:
    """Download the files of a remote folder into the cache, each verified with its own hash."""
    now, hashed = settings(), known_hash(file)
    assert hashed is not None
    with locked(what, place(hashed)):
        use(place(hashed))
        if tree_path(hashed).exists():
            return
        bodies = {}
        with kept_wheels():
            for path in file.members:
                one = member(file, path)
                with _downloading(f"{what}: {path}", one) as download:
                    _brought(f"{what}: {path}", one, download, now)
                    bodies[path] = download.body

        def fill(folder: Path) -> Mapping[str, str]:
            for path, body in bodies.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                body.replace(folder / path)
            return file.members

        make_tree(tree_path(hashed), hashed, what, fill)
        for body in bodies.values():
            _discard(body.parent)


def unpack_archive(what: str, archive: Path, hashed: str) -> None:
    """Unpack a verified archive into the cache, unless it already is."""
    now, tree = settings(), tree_path(hashed)
    with locked(what, place(hashed)):
        use(place(hashed))
        if tree.exists():
            return

        def fill(folder: Path) -> None:
            with now.progress.track("unpacking", 0, "bytes") as advance:
                unpack(archive, folder, what, now.limits, advance)

        try:
            make_tree(tree, hashed, what, fill)
        except BaseException:
            _remove_empty(tree.parent)
            raise


def check_pin(what: str, file: File) -> None:
    """Raise BytesRefusedError if the registry declares another SHA-256 than the pinned one, or the lock is damaged."""
    known = pinned(file.source)
    if known is not None and file.hash and file.hash.startswith("sha256:") and known.sha256 != file.hash:
        raise pin_mismatch(what, file.source, file.hash, known.sha256)


def pin_what_is_new(what: str, file: File, path: Path, reason: Literal["first use", "md5"] = "first use") -> None:
    """Pin a verified file that has only an MD5 or no published hash; raise BytesRefusedError if its pin differs."""
    if file.hash is not None and file.hash.startswith("sha256:"):
        return
    known, sha256 = pinned(file.source), digest(path)
    if known is None:
        try:
            pin(file.source, sha256, path.stat().st_size, what, "md5" if file.hash else reason)
        except EntryError as error:
            if file.hash is None:
                raise
            settings().progress.note(f"{what}: only its MD5 is checked: {error}")
    elif known.sha256 != sha256:
        raise pin_mismatch(what, file.source, sha256, known.sha256)


def require_hash(what: str, file: File, now: Settings, body: Path | None = None) -> None:
    """Raise EntryError for a file without a published hash, unless the user accepts its present bytes.

    In a terminal, the user is asked about ``body``, the file itself.
    """
    if known_hash(file) is not None or now.trust_on_first_use:
        return
    if now.confirm is not None and body is not None and body.is_file():
        question = (
            f"{what}: the publisher of {file.source} gives no hash, so these bytes cannot be verified:\n"
            f"  {digest(body)}\n  {body.stat().st_size:,} bytes\n"
            f"Accept them, and pin their hash in {lock_path()}?"
        )
        if now.confirm(question):
            return
    raise EntryError(
        f"{what}: {file.source} has no declared hash",
        f"declare one in the registry, or accept the present bytes of {file_name(file.source)} with "
        f"--trust-on-first-use, which pins their hash in {lock_path()}",
    )


@contextmanager
def locked(what: str, folder: Path) -> Iterator[None]:
    """Lock a path of the cache exclusively during the block; the lock ends with the process."""
    from filelock import FileLock, Timeout

    now, path = settings(), folder.with_name(f"{folder.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0.2)
        except Timeout:
            now.progress.note(f"{what}: waiting for another process that is downloading it")
            lock.acquire(timeout=now.limits.deadline)
    except Timeout as error:
        raise FetchError(
            f"{what}: another process has been downloading it for {now.limits.deadline:g} s", "stop that process"
        ) from error
    except OSError as error:
        raise FetchError(
            f"{what}: cannot write to {path.parent} ({error.strerror})", "set TLZOO_CACHE to another folder"
        ) from error
    try:
        remove_leftovers(path.parent)
        yield
    finally:
        lock.release()


def _absent(what: str, file: File) -> EntryError:
    """Return the error for a missing file, with instructions."""
    return EntryError(f"{what}: {file_name(file.source)} is not on this machine", _by_hand(file))


def _by_hand(file: File) -> str:
    """Return instructions to get a file by hand: the source, its hash and its destination."""
    hashed, cached = known_hash(file), cached_path(file)
    models, sources = f"in a folder given by {MODELS}", " or ".join(file.sources)
    if file.members:
        folder = f"{file_name(file.source)}/ {models}"
        return f"download the {len(file.members)} files of {sources} ({hashed}) and put {folder}"
    if hashed is None or cached is None:
        how = f"put it as {file_name(file.source)} {models} and use --trust-on-first-use"
        return f"download {sources} (no known hash) and {how}"
    return f"download {sources} ({hashed}) and put it at {cached}, or {models}"


@contextmanager
def _downloading(what: str, file: File) -> Iterator[Download]:
    """Yield the locked download of a source."""
    key = hashlib.sha256(file.source.encode()).hexdigest()[:16]
    folder = cache_folder() / "downloads" / f"{key}-{file_name(file.source)[-60:]}"
    with locked(what, folder):
        try:
            yield Download(folder, what, file_name(file.source), file.bytes)
        except OSError as error:
            raise FetchError(
                f"{what}: {error.filename or folder} cannot be written: {error.strerror or error}", "free some space"
            ) from error


def _brought(what: str, file: File, download: Download, now: Settings) -> str:
    """Download a file, verify it, and pin it if needed; return its SHA-256."""
    addresses = _addresses(file, now)
    if not addresses:
        raise _absent(what, file)
    try:
        address = download.run(addresses, now)
        try:
            return _checked(what, file, download, address)
        except BytesRefusedError:
            if not download.resumed:
                raise
        address = download.run(addresses, now, anew=True)
        return _checked(what, file, download, address)
    except BytesRefusedError:
        download.discard()
        raise
    except FetchError as error:
        raise FetchError(error.what, f"try again; or {_by_hand(file)}") from error


def _checked(what: str, file: File, download: Download, address: str) -> str:
    """Return the SHA-256 of the downloaded bytes; raise BytesRefusedError if it is not the expected one."""
    download.check_stated()
    sha256, known = digest(download.body), pinned(file.source)
    found = digest(download.body, "md5") if file.hash and file.hash.startswith("md5:") else sha256
    if file.hash is not None and found != file.hash:
        if _is_page(download.body):
            raise _page(what, address)
        raise BytesRefusedError(
            f"{what}: {address} returned bytes with {found}, not the declared {file.hash}",
            "try again, or get the file from another place; if its publisher changed it, the registry needs an update",
        )
    if known is not None and known.sha256 != sha256:
        raise _page(what, address) if _is_page(download.body) else pin_mismatch(what, file.source, sha256, known.sha256)
    if file.hash is None and known is None and _is_page(download.body):
        raise _page(what, address)
    return sha256


def _is_page(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE)


def _page(what: str, address: str) -> BytesRefusedError:
    return BytesRefusedError(
        f"{what}: {address} returned a web page instead of the file", "open it in a browser: it may require a login"
    )


def _addresses(file: File, now: Settings) -> list[str]:
    """Return the URLs to try in order: the mirrors, then the sources; offline, only mirrors on a disk."""
    mirrors = [each for each in now.mirrors if not now.offline or urlsplit(each).scheme == "file"]
    hashed = known_hash(file)
    found = []
    for mirror in mirrors:
        base = mirror.rstrip("/")
        if hashed is not None:
            found.append(f"{base}/{hashed.replace(':', '-')}/{quote(file_name(file.source))}")
        elif path := _in_index(f"{base}/{MIRROR_INDEX}", file.source, now):
            found.append(f"{base}/{path}")
    return found if now.offline else [*found, *map(origin, file.sources)]


def _in_index(address: str, source: str, now: Settings) -> str | None:
    """Return the location of a source without a known hash in a mirror; None if the mirror does not have it."""
    body = b""
    try:
        answer = get(address, {}, now.limits, time.monotonic() + now.limits.silence)
        for chunk in answer.chunks() if answer.status == 200 else ():  # noqa: PLR2004 - HTTP's OK
            body += chunk
            if len(body) > _MOST_INDEX:
                answer.close()
                return None
        rows = without_format(json.loads(body), address)["files"] if body else []
        path = next((row["path"] for row in rows if row["source"] == source), None)
    except (BrokenStreamError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return path if isinstance(path, str) and ".." not in path.split("/") and "//" not in path else None


def _published(body: Path, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path.parent.parent)
    body.replace(path)
    sync(path.parent)
    _discard(body.parent)
    return path


def _discard(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return
