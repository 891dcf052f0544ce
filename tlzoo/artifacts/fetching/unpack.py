"""Unpacking of untrusted archives: only files and folders below the target, within limits.

Members are read one by one and written by this module, so links, owners, modes and devices in an archive have no
effect.
"""

from __future__ import annotations

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from tlzoo.artifacts.settings import Limits
from tlzoo.errors import BytesRefusedError, FetchError

__all__ = ["extract", "unpack"]

_CHUNK = 1 << 20
_FREE_RATIO = 64 * 10**6
_MOST_HEADER = 1 << 20
_LONGEST_PATH = 1000
_GZIP, _ZIP, _TAR, _TAR_AT = b"\x1f\x8b", b"PK\x03\x04", b"ustar", 257
_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
_HEADERS = {
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
}


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Member(NamedTuple):
    name: str
    is_folder: bool
    open: Callable[[], _Readable | None]
    size: int


def unpack(archive: Path, folder: Path, what: str, limits: Limits, advance: Callable[[int], None]) -> None:
    """Unpack a tar, tar.gz or zip into an empty folder.

    ``advance`` receives the number of bytes written. Raises BytesRefusedError, starting with ``what``, for other
    formats and damaged archives; for absolute paths and paths that lead out; for links, devices, sparse files and
    encrypted ones; and for more bytes or members than ``limits`` allow.
    """
    with _reading(what):
        budget = _Budget(what, archive.stat().st_size, limits)
        for member in _members(archive, budget):
            budget.count_member()
            target = folder.joinpath(*_parts(member.name, what))
            if member.is_folder:
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                _write(member, target, advance)


def extract(archive: Path, path: str, target: Path, what: str, limits: Limits, advance: Callable[[int], None]) -> None:
    """Write one file of a zip archive to ``target``, which must not exist, and decompress nothing else.

    Raises FetchError if the archive does not have the file, and BytesRefusedError as ``unpack`` does.
    """
    found = False
    with _reading(what), archive.open("rb") as stream:
        budget = _Budget(what, archive.stat().st_size, limits)
        for member in _in_zip(stream, budget):
            budget.count_member()
            if member.name != path or member.is_folder:
                continue
            if found:
                raise BytesRefusedError(f"{what}: the archive has {path!r} twice")
            if member.size > limits.file:
                raise BytesRefusedError(f"{what}: {path} has {member.size:,} bytes, above the limit of {limits.file:,}")
            _write(member, target, advance)
            found = True
    if not found:
        raise FetchError(f"{what}: it has no file {path!r}")


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Raise errors of reading and writing as those of an archive."""
    try:
        yield
    except (*_DAMAGED, gzip.BadGzipFile) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise BytesRefusedError(f"{what}: the archive is damaged: {said}") from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise BytesRefusedError(f"{what}: the archive has {error.filename} twice") from error
    except OSError as error:
        raise FetchError(
            f"{what}: the archive cannot be unpacked: {error.strerror or error}", "free some space"
        ) from error


class _Budget:
    """Remaining limits of an archive."""

    def __init__(self, what: str, size: int, limits: Limits) -> None:
        self.what = what
        self._members, self._most_members = 0, limits.members
        self._bytes = 0
        self._most = min(limits.unpacked, max(_FREE_RATIO, size * limits.ratio))
        self._size, self._limits = size, limits

    def count_member(self) -> None:
        self._members += 1
        if self._members > self._most_members:
            raise BytesRefusedError(f"{self.what}: the archive has more than {self._most_members:,} files")

    def count(self, read: int) -> None:
        self._bytes += read
        if self._bytes <= self._most:
            return
        if self._bytes > self._limits.unpacked:
            raise BytesRefusedError(f"{self.what}: the archive unpacks to more than {self._limits.unpacked:,} bytes")
        raise BytesRefusedError(
            f"{self.what}: the archive of {self._size:,} bytes unpacks to more than {self._limits.ratio} times its size"
        )


class _Counted:
    """Counts decompressed bytes read from an archive, as headers and padding also take time and space."""

    def __init__(self, inner: _Readable, budget: _Budget) -> None:
        self._inner, self._budget = inner, budget

    def read(self, size: int) -> bytes:
        found = self._inner.read(size)
        self._budget.count(len(found))
        return found


class _CheckedInfo(tarfile.TarInfo):
    """Rejects extended headers that would be read into memory whole, with any claimed length."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Any:
        found = super().frombuf(buf, encoding, errors)
        if found.type in _HEADERS and found.size > _MOST_HEADER:
            raise tarfile.ReadError(f"a header of {found.size:,} bytes")
        return found


def _members(archive: Path, budget: _Budget) -> Iterator[_Member]:
    with archive.open("rb") as stream:
        head = stream.read(_TAR_AT + len(_TAR))
        stream.seek(0)
        if head.startswith(_ZIP):
            yield from _in_zip(stream, budget)
        elif head.startswith(_GZIP):
            with gzip.open(stream, "rb") as inner:
                yield from _in_tar(inner, budget)
        elif head[_TAR_AT:] == _TAR:
            yield from _in_tar(stream, budget)
        else:
            raise BytesRefusedError(f"{budget.what}: it is not a tar, tar.gz or zip archive")


def _in_tar(stream: _Readable, budget: _Budget) -> Iterator[_Member]:
    counted = _Counted(stream, budget)
    stream_of_tar: Any = counted  # only read, block by block
    with tarfile.open(fileobj=stream_of_tar, mode="r|", tarinfo=_CheckedInfo) as opened:
        for info in opened:
            if info.issparse() or not (info.isreg() or info.isdir()):
                raise BytesRefusedError(f"{budget.what}: {info.name!r} in the archive is {_kind(info)}")
            yield _Member(info.name, info.isdir(), partial(opened.extractfile, info), info.size)
    while counted.read(_CHUNK):  # to the end, because gzip has its checksum there
        pass


def _kind(info: tarfile.TarInfo) -> str:
    if info.issym():
        return f"a symbolic link to {info.linkname!r}"
    if info.islnk():
        return f"a hard link to {info.linkname!r}"
    if info.isdev():
        return "a device or pipe"
    return "sparse" if info.issparse() else "neither a file nor a folder"


def _in_zip(stream: IO[bytes], budget: _Budget) -> Iterator[_Member]:
    with zipfile.ZipFile(stream) as opened:
        for info in opened.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
                what = "a symbolic link" if kind == stat.S_IFLNK else "neither a file nor a folder"
                raise BytesRefusedError(f"{budget.what}: {info.filename!r} in the archive is {what}")
            if info.flag_bits & 1:
                raise BytesRefusedError(f"{budget.what}: {info.filename!r} in the archive is encrypted")
            with opened.open(info) as inner:
                yield _Member(info.filename, info.is_dir(), partial(_Counted, inner, budget), info.file_size)


def _parts(name: str, what: str) -> list[str]:
    """Return the parts of a path that stays in its folder on every system."""
    parts = [part for part in name.split("/") if part not in {"", "."}]
    wrong = name.startswith("/") or ".." in parts or "\\" in name or "\0" in name or (parts and ":" in parts[0])
    if wrong or len(name) > _LONGEST_PATH:
        raise BytesRefusedError(f"{what}: {name[:80]!r} in the archive leads out of its folder, or is not a plain path")
    return parts


def _write(member: _Member, target: Path, advance: Callable[[int], None]) -> None:
    source = member.open()
    assert source is not None
    written = 0
    with target.open("xb") as stream:
        while chunk := source.read(_CHUNK):
            stream.write(chunk)
            written += len(chunk)
            advance(len(chunk))
    if written != member.size:
        raise EOFError(f"{member.name} ends after {written:,} of {member.size:,} bytes")
