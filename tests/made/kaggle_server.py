"""A server on localhost that speaks the API of Kaggle for models: descriptions, listings, files and archives.

Downloads are redirected to a storage on the same server, which states an MD5, as Google Cloud Storage does.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hub_server import running


class KaggleServer(ThreadingHTTPServer):
    """Models by name and version, each with its files. ``asked`` and ``tokens`` have paths and tokens of requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.models: dict[str, dict[int, dict[str, bytes]]] = {}
        self.archives: dict[str, bytes] = {}
        """Archives that differ from the files, by name."""
        self.licence = "Apache 2.0"
        self.page = 2
        """Number of files on a page of a listing."""
        self.states = True
        """Whether the storage states an MD5."""
        self.changed: dict[str, bytes] = {}
        """Bytes that the storage sends instead of those whose MD5 it states, by path."""
        self.endless = self.breaks = False
        """Whether a body never ends, or the first one ends after half of its bytes."""
        self.moved = ""
        """Address of another storage."""
        self.asked: list[str] = []
        self.tokens: list[str | None] = []
        self.ranges: list[str | None] = []

    @property
    def address(self) -> str:
        """Value for ``KAGGLE_API_ENDPOINT``."""
        return f"http://127.0.0.1:{self.server_port}"


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: KaggleServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        self.server.asked.append(path)
        self.server.tokens.append(self.headers.get("Authorization"))
        self.server.ranges.append(self.headers.get("Range"))
        with suppress(BrokenPipeError, ConnectionResetError):
            if path.startswith("/storage/"):
                self._stored(path.removeprefix("/storage/"))
            elif path.startswith("/api/v1/models/"):
                self._api(path.removeprefix("/api/v1/models/"), parse_qs(parts.query))
            else:
                self._send(b"", 404)

    def _api(self, path: str, query: Mapping[str, list[str]]) -> None:
        owner, model, framework, variation, *words = path.split("/")
        name = f"{owner}/{model}/{framework}/{variation}"
        versions = self.server.models.get(name, {})
        if words == ["get"] and versions:
            told = {"slug": variation, "versionNumber": max(versions), "licenseName": self.server.licence}
            self._send(json.dumps(told).encode())
        elif len(words) == 2 and words[1] == "files" and int(words[0]) in versions:
            start, files = int(query.get("page_token", ["0"])[0]), sorted(versions[int(words[0])].items())
            rows = [{"name": path, "size": len(body)} for path, body in files[start : start + self.server.page]]
            following = start + self.server.page
            token = str(following) if following < len(files) else ""
            self._send(json.dumps({"files": rows, "nextPageToken": token}).encode())
        elif len(words) >= 2 and words[1] == "download" and int(words[0]) in versions:
            self._send(b"", 302, Location=f"{self.server.moved or self.server.address}/storage/{path}")
        else:
            self._send(b"{}", 404)

    def _stored(self, path: str) -> None:
        owner, model, framework, variation, version, _, *inside = path.split("/")
        name = f"{owner}/{model}/{framework}/{variation}"
        files = self.server.models.get(name, {}).get(int(version), {})
        body = files.get("/".join(inside)) if inside else self.server.archives.get(name) or archive_of(files)
        if body is None:
            self._send(b"", 404)
            return
        md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
        headers = {"x-goog-hash": f"crc32c=AAAAAA==,md5={md5}"} if self.server.states else {}
        body = self.server.changed.get("/".join(inside), body)
        if self.server.endless:
            self._endless(headers)
            return
        start, status = 0, 200
        if self.headers.get("If-Range") == f'"{md5}"':
            start, status = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-")), 206
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        half = self.server.breaks and len(body) > 1000
        self._send(body[start:], status, half=half, ETag=f'"{md5}"', **headers)

    def _send(self, body: bytes, status: int = 200, *, half: bool = False, **headers: str) -> None:
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if half else body)
        if half:
            self.server.breaks = False
            self.close_connection = True

    def _endless(self, headers: Mapping[str, str]) -> None:
        self.send_response(200)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.close_connection = True
        while True:
            self.wfile.write(bytes(1 << 16))

    def log_message(self, *_: object) -> None:
        pass


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """Return files as a tar.gz with the same bytes each time."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, data in sorted(files.items()):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(stream.getvalue(), mtime=0)


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def kaggle_server() -> Iterator[KaggleServer]:
    """Yield a running server."""
    server = KaggleServer()
    with running(server):
        yield server


@pytest.fixture
def kaggle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[KaggleServer]:
    """A running server that takes the place of Kaggle, with the network switched on and nobody's credentials."""
    with kaggle_server() as server:
        monkeypatch.setenv("KAGGLE_API_ENDPOINT", server.address)
        monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "nobody"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        for name in ("TLZOO_OFFLINE", "KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
            monkeypatch.delenv(name, raising=False)
        yield server
