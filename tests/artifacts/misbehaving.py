"""A real HTTP server on localhost that does at each path what its test has told it: well, wrongly, or not at all."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behave = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request; a test's function answers it with ``reply``, or as raw bytes with ``wfile``."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append((self.path, dict(self.headers.items())))
        self.close_connection = True
        with suppress(BrokenPipeError, ConnectionResetError):
            self.server.behaviours.get(path, missing)(self)

    def reply(self, body: bytes = b"", status: int = 200, **headers: Any) -> None:
        """Answer; a header is a keyword with underscores, and None leaves it out."""
        said = {"Content-Length": len(body)} | {key.replace("_", "-"): value for key, value in headers.items()}
        self.send_response(status)
        for key, value in said.items():
            if value is not None:
                self.send_header(key, str(value))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.behaviours: dict[str, Behave] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def at(self, path: str, behave: Behave | bytes) -> str:
        """Say what happens at a path (bytes: they are served well), and return its address."""
        self.behaviours[path] = behave if callable(behave) else well(behave)
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, *_: object) -> None:
        """Say nothing of connections that a client gave up."""


def well(body: bytes, tag: str = '"1"') -> Behave:
    """Serve bytes as a good server does: with a length, a version, and ranges of just that version."""

    def behave(request: Request) -> None:
        start = 0
        if request.headers.get("If-Range") == tag:
            start = int(request.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        if not start:
            request.reply(body, ETag=tag)
        elif start >= len(body):
            request.reply(b"", 416)
        else:
            request.reply(body[start:], 206, ETag=tag, Content_Range=f"bytes {start}-{len(body) - 1}/{len(body)}")

    return behave


def missing(request: Request) -> None:
    request.reply(b"<html>no such page</html>", 404)


def breaking_off(body: bytes, after: int, tag: str | None = '"1"') -> Behave:
    """Promise the whole and close the connection early."""
    return lambda request: request.reply(body[:after], Content_Length=len(body), ETag=tag)


def one_after_another(*behaviours: Behave) -> Behave:
    """Do the next thing at each request, the last one for ever."""
    left = list(behaviours)

    def behave(request: Request) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(request)

    return behave


def drip(request: Request) -> None:
    """Send a head letter by letter, without an end: no silence is ever long enough for a socket's time limit."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.05)


def hang(request: Request) -> None:
    time.sleep(30)


def dead_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
