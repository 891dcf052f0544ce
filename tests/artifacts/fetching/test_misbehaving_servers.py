"""Whatever a server does, nothing of it reaches the cache, it takes no longer than it may, and the message says why."""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest

from tlzoo.artifacts import Limits, resolve, using
from tlzoo.errors import BytesRefusedError, EntryError, FetchError, TlzooError

BODY = b"weights" * 10_000
SHA256 = "sha256:" + hashlib.sha256(BODY).hexdigest()
LIMITS = Limits(
    connect=0.5,
    silence=0.3,
    deadline=1.5,
    attempts=2,
    pause=0.01,
    redirects=3,
    file=10**6,
    unpacked=2 * 10**6,
    members=50,
)


def slow(request) -> None:
    """A byte now and then: never silent for long, and never done."""
    request.reply(b"", Content_Length=len(BODY))
    for byte in BODY:
        request.wfile.write(bytes([byte]))
        request.wfile.flush()
        time.sleep(0.1)


def silent(request) -> None:
    request.reply(BODY[:100], Content_Length=len(BODY))
    time.sleep(5)


def endless(request) -> None:
    request.reply(b"", Content_Length=None)
    for _ in range(1000):
        request.wfile.write(bytes(10_000))


def broken_chunks(request) -> None:
    request.reply(b"5\r\nhello\r\nzzz\r\n", Content_Length=None, Transfer_Encoding="chunked")


def garbage(request) -> None:
    request.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")


def closed(request) -> None:
    request.connection.close()


FILES: dict[str, tuple[object, str]] = {
    "cut short": (lambda r: r.reply(BODY[:100], Content_Length=len(BODY)), "ended early"),
    "slow": (slow, "download timed out"),
    "silent": (silent, "does not answer in time"),
    "hanging": (lambda _: time.sleep(5), "does not answer in time"),
    "endless": (endless, "above the limit of 1,000,000"),
    "too large": (lambda r: r.reply(b"", Content_Length=10**7), "has 10,000,000 bytes, above the limit of 1,000,000"),
    "other length": (lambda r: r.reply(BODY + b"!"), "has 70,001 bytes on the server, not the declared 70,000"),
    "length too small": (lambda r: r.reply(BODY, Content_Length=100), "has 100 bytes on the server, not the declared"),
    "other bytes": (b"weightz" * 10_000, "not the declared sha256:"),
    "a page": (b"<!DOCTYPE html><html>Please log in</html>".ljust(len(BODY)), "a web page instead of the file"),
    "redirected for ever": (lambda r: r.reply(status=302, Location=r.path), "more than 3 redirects"),
    "redirected to http": (lambda r: r.reply(status=302, Location="http://example.org/net.bin"), "which is not https"),
    "redirected to a file": (lambda r: r.reply(status=302, Location="file:///etc/passwd"), "which is not https"),
    "redirected to ftp": (lambda r: r.reply(status=301, Location="ftp://example.org/a"), "which is not https"),
    "not there": (lambda r: r.reply(b"<html>", 404), "HTTP status 404, not found"),
    "forbidden": (lambda r: r.reply(status=403), "HTTP status 403, forbidden"),
    "login": (lambda r: r.reply(status=401), "HTTP status 401, login required"),
    "broken": (lambda r: r.reply(status=500), r"HTTP status 500 \(2 attempts\)"),
    "busy until a date": (
        lambda r: r.reply(status=503, Retry_After=formatdate(time.time() + 3600, usegmt=True)),
        r"503; the server asks to wait 3[56]\d\d s",
    ),
    "busy for long": (lambda r: r.reply(status=503, Retry_After=3600), "503; the server asks to wait 3600 s"),
    "broken chunks": (broken_chunks, "could not be downloaded"),
    "no HTTP": (garbage, "could not be downloaded"),
    "closing at once": (closed, "could not be downloaded"),
    "empty": (b"", "has 0 bytes on the server, not the declared 70,000"),
    "empty without a length": (lambda r: r.reply(b"", Content_Length=None), "not the declared"),
    "another part": (
        lambda r: r.reply(BODY, 206, Content_Range="bytes 5-70004/70005"),
        "resumed at the wrong position",
    ),
}


@pytest.fixture(autouse=True)
def _limits(server) -> object:
    with using(limits=LIMITS):
        yield


def refused(entry, cache: Path, said: str) -> TlzooError:
    """Try an entry; return the error, having looked that nothing was kept and nothing took too long."""
    began = time.monotonic()
    with pytest.raises((FetchError, BytesRefusedError), match=said) as caught:
        resolve(entry)
    assert time.monotonic() - began < 5
    assert str(caught.value).startswith("acme/net.pets: weights: ")
    assert [
        path for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock" and "files" in path.parts
    ] == []
    return caught.value


@pytest.mark.parametrize("way", FILES)
def test_a_file(server, cache: Path, an_entry, way: str) -> None:
    behave, said = FILES[way]
    error = refused(an_entry(server.at("/net.bin", behave), SHA256, bytes=len(BODY)), cache, said)
    assert isinstance(error, BytesRefusedError) or "try again; or download http" in str(error)


def test_a_head_that_comes_letter_by_letter(server, behaving, cache: Path, an_entry) -> None:
    refused(an_entry(server.at("/net.bin", behaving.drip), SHA256), cache, "download timed out")


def test_a_dead_port(server, behaving, cache: Path, an_entry) -> None:
    refused(an_entry(f"http://127.0.0.1:{behaving.dead_port()}/net.bin", SHA256), cache, "Connection refused")


@pytest.mark.parametrize("source", ["http://example.org/net.bin", "hub:http://example.org/m/1", "ftp://example.org/a"])
def test_only_https_is_requested(server, cache: Path, an_entry, source: str) -> None:
    refused(an_entry(source, SHA256), cache, "is not https")


@pytest.mark.parametrize("way", ["a page", "cut short"])
def test_first_use_pins_nothing_wrong(server, cache: Path, an_entry, way: str) -> None:
    behave, said = FILES[way]
    with using(trust_on_first_use=True):
        refused(an_entry(server.at("/net.bin", behave)), cache, said)
    assert not (cache.parent / "tlzoo.lock").exists()


def tar_of(*members: tarfile.TarInfo, data: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as opened:
        for each in members:
            each.size = len(data) if each.isreg() else 0
            opened.addfile(each, io.BytesIO(data))
    return stream.getvalue()


def info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def zip_of(name: str, data: bytes = b"x", mode: int = 0) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        made = zipfile.ZipInfo(name)
        made.external_attr = mode << 16
        made.compress_type = zipfile.ZIP_DEFLATED
        opened.writestr(made, data)
    return stream.getvalue()


def huge_header() -> bytes:
    """An extended header that claims gigabytes, which a reader of headers would take into memory."""
    made = info("x", tarfile.XHDTYPE)
    made.size = 1 << 33
    return gzip.compress(made.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 20))


def lying_zip() -> bytes:
    """A zip whose file is a thousand times as long as its directory says."""
    packed = bytearray(zip_of("a", bytes(10**6)))
    struct.pack_into("<I", packed, 22, 10)
    struct.pack_into("<I", packed, packed.index(b"PK\x01\x02") + 24, 10)
    return bytes(packed)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes, at: int = -6) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


RANDOM = b"".join(hashlib.sha256(bytes([each])).digest() for each in range(256)) * 4
ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "no archive": (lambda: BODY, "it is not a tar, tar.gz or zip"),
    "corrupt gzip": (lambda: tar_of(info("a"))[:10] + bytes(50), "the archive is damaged"),
    "gzip cut short": (lambda: cut(tar_of(info("a"), data=RANDOM)), "the archive is damaged"),
    "gzip with a wrong checksum": (lambda: flipped(tar_of(info("a"), data=RANDOM)), "the archive is damaged: CRC"),
    "zip with a wrong checksum": (lambda: flipped(zip_of("a", RANDOM), at=500), "the archive is damaged"),
    "tar cut short": (lambda: cut(gzip.decompress(tar_of(info("a"), data=RANDOM))), "the archive is damaged"),
    "up and out": (lambda: tar_of(info("../../out.txt")), "leads out of its folder"),
    "up and out, within": (lambda: tar_of(info("a/../../out.txt")), "leads out of its folder"),
    "absolute": (lambda: tar_of(info("/tmp/out.txt")), "leads out of its folder"),
    "backslashes": (lambda: tar_of(info("..\\out.txt")), "leads out of its folder"),
    "zip, up and out": (lambda: zip_of("../out.txt"), "leads out of its folder"),
    "symbolic link": (lambda: tar_of(info("a", tarfile.SYMTYPE, "/etc")), "is a symbolic link to '/etc'"),
    "hard link": (lambda: tar_of(info("a", tarfile.LNKTYPE, "../x")), "is a hard link"),
    "zip with a link": (lambda: zip_of("a", b"/etc/passwd", stat.S_IFLNK | 0o777), "is a symbolic link"),
    "device": (lambda: tar_of(info("a", tarfile.CHRTYPE)), "is a device or pipe"),
    "pipe": (lambda: tar_of(info("a", tarfile.FIFOTYPE)), "is a device or pipe"),
    "one file twice": (lambda: tar_of(info("a"), info("a")), "twice"),
    "a file as a folder": (lambda: tar_of(info("a"), info("a/b")), "twice"),
    "bomb by size": (lambda: tar_of(info("a"), data=bytes(3 * 10**6)), "unpacks to more than 2,000,000 bytes"),
    "zip bomb": (lambda: zip_of("a", bytes(3 * 10**6)), "unpacks to more than 2,000,000 bytes"),
    "bomb after the end": (
        lambda: gzip.compress(gzip.decompress(tar_of(info("a"))) + bytes(3 * 10**6)),
        "unpacks to more than 2,000,000 bytes",
    ),
    "bomb by number": (lambda: tar_of(*(info(f"{number}") for number in range(60))), "more than 50 files"),
    "bomb by its header": (huge_header, "a header of 8,589,934,592 bytes"),
    "a zip that lies about lengths": (lying_zip, "the archive is damaged"),
    "empty": (tar_of, "it contains no file"),
}


@pytest.mark.parametrize("way", ARCHIVES)
@pytest.mark.parametrize("trust", ["hash", "first use"])
def test_an_archive(server, cache: Path, an_entry, sha256, tmp_path: Path, way: str, trust: str) -> None:
    make, said = ARCHIVES[way]
    packed = make()
    entry = an_entry(server.at("/net", packed), sha256(packed) if trust == "hash" else None, unpack=True)
    before = {path for path in tmp_path.rglob("*") if cache not in path.parents}
    with using(trust_on_first_use=trust == "first use"):
        refused(entry, cache, said)
    assert {path for path in tmp_path.rglob("*") if cache not in path.parents} - {cache} == before - {cache}


def test_a_bomb_by_its_ratio(server, cache: Path, an_entry, sha256) -> None:
    packed = tar_of(info("a"), data=bytes(70 * 10**6))
    entry = an_entry(server.at("/net", packed), sha256(packed), unpack=True)
    with using(limits=Limits(ratio=50)):
        refused(entry, cache, "unpacks to more than 50 times its size")


def test_a_refused_file_does_not_affect_later_use(server, cache: Path, an_entry) -> None:
    entry = an_entry(server.at("/net.bin", b"other"), SHA256)
    refused(entry, cache, "not the declared")
    server.at("/net.bin", BODY)
    assert resolve(entry)["weights"].read_bytes() == BODY


def test_there_are_no_requests_without_a_hash(server, an_entry) -> None:
    with pytest.raises(
        EntryError, match=r"has no declared hash; declare one in the registry, or accept the present bytes of net\.bin"
    ):
        resolve(an_entry(server.at("/net.bin", BODY)))
    assert not server.asked


def test_a_cache_that_cannot_be_written_is_named(server, cache: Path, an_entry) -> None:
    cache.write_text("a file is in the way")
    with pytest.raises(FetchError, match="set TLZOO_CACHE to another folder"):
        resolve(an_entry(server.at("/net.bin", BODY), SHA256))
