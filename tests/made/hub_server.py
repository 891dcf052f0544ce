"""A server on localhost that speaks the protocol of the Hugging Face Hub: listings with hashes, and files by commit."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

LARGE = (".safetensors", ".bin", ".model", ".h5")
"""Endings of files whose SHA-256 is listed, as that of files in LFS."""


class HubServer(ThreadingHTTPServer):
    """Repositories by name, each with its files. ``asked`` and ``tokens`` have paths and tokens of all requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.listings: dict[str, Any] = {}
        """Listings that differ from the files, by name."""
        self.asked: list[str] = []
        self.tokens: list[str | None] = []
        self.moved = ""
        """Address of another server, to which requests for files are redirected."""

    @property
    def address(self) -> str:
        """Value for ``HF_ENDPOINT``."""
        return f"http://127.0.0.1:{self.server_port}"

    def commit(self, name: str) -> str:
        """Return the commit of a repository, which changes with its files."""
        content = [f"{path}\0{hashlib.sha1(body).hexdigest()}" for path, body in self.repositories[name].items()]
        return hashlib.sha1("\n".join(sorted(content)).encode()).hexdigest()

    def listing(self, name: str) -> dict[str, Any]:
        """Return the listing of a repository, as the hub returns it with ``blobs=true``."""
        siblings = [_sibling(path, body) for path, body in sorted(self.repositories[name].items())]
        return {
            "id": name,
            "sha": self.commit(name),
            "private": self.private.get(name, False),
            "gated": False,
            "siblings": siblings,
        }


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HubServer

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(path)
        self.server.tokens.append(self.headers.get("Authorization"))
        if self.server.moved and not path.startswith("/api/"):
            self.send_response(302)
            self.send_header("Location", f"{self.server.moved}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self._listing(path) if path.startswith("/api/models/") else self._file(path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def _listing(self, path: str) -> bytes | None:
        owner, name, word, revision = path.removeprefix("/api/models/").split("/", 3)
        full = f"{owner}/{name}"
        if word != "revision" or full not in self.server.repositories:
            return None
        if revision not in {"main", self.server.commit(full)}:
            return None
        return json.dumps(self.server.listings.get(full) or self.server.listing(full)).encode()

    def _file(self, path: str) -> bytes | None:
        owner, name, word, revision, inside = path.removeprefix("/").split("/", 4)
        files = self.server.repositories.get(f"{owner}/{name}", {})
        known = word == "resolve" and revision in {"main", self.server.commit(f"{owner}/{name}")}
        return files.get(inside) if known else None

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def hub_server(repositories: Mapping[str, Mapping[str, bytes]] | None = None) -> Iterator[HubServer]:
    """Yield a running server with these repositories."""
    server = HubServer()
    server.repositories |= {name: dict(files) for name, files in (repositories or {}).items()}
    with running(server):
        yield server


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[None]:
    """Let a server answer in a thread, and close it at the end."""
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A running server that takes the place of the hub, with the network switched on."""
    with hub_server() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("TLZOO_OFFLINE", raising=False)
        yield server


def _sibling(path: str, body: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
    row: dict[str, Any] = {"rfilename": path, "size": len(body), "blobId": blob}
    if path.endswith(LARGE):
        row["lfs"] = {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "pointerSize": 130}
    return row
