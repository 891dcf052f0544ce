"""HTTP responses with time limits on every step.

A request runs in its own thread, so that waiting for it is limited by the deadline: a socket timeout does not limit
name resolution or a slowly sent header. An abandoned thread ends with its connection, or with the process.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import IncompleteRead
from pathlib import Path
from typing import TYPE_CHECKING, final
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

from tlzoo.artifacts.settings import Limits
from tlzoo.artifacts.sources import authorization, check_scheme
from tlzoo.errors import BytesRefusedError

if TYPE_CHECKING:
    import requests

__all__ = ["Answer", "BrokenStreamError", "get"]

_CHUNK = 1 << 20
_REDIRECTS = {301, 302, 303, 307, 308}


class BrokenStreamError(Exception):
    """A connection failed, was silent for too long, or ended early; another attempt may succeed."""


@dataclass(frozen=True, slots=True)
class _Head:
    status: int
    headers: Mapping[str, str]


@final
class Answer:
    """A server's response; ``chunks`` may be read once. Closing it closes the connection."""

    def __init__(self, head: _Head, stream: _Stream | Iterator[bytes]) -> None:
        self.status = head.status
        self.headers = head.headers
        self._stream = stream

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as sent; raise BrokenStreamError if it ends early or times out."""
        yield from self._stream

    def close(self) -> None:
        """Close the connection."""
        if isinstance(self._stream, _Stream):
            self._stream.stopped.set()


def get(address: str, headers: Mapping[str, str], limits: Limits, deadline: float) -> Answer:
    """Request a URL (https, http on this machine, or file) and return the response, whatever its status.

    ``deadline`` is a value of ``time.monotonic``, in seconds. Raises BrokenStreamError, and BytesRefusedError for a URL
    or redirect that is not https.
    """
    if urlsplit(address).scheme == "file":
        return _from_disk(address, headers)
    check_scheme(address)
    stream = _Stream(address, headers, limits, deadline)
    return Answer(stream.head(), stream)


class _Stream:
    """A request in its own thread, with a small queue of chunks."""

    def __init__(self, address: str, headers: Mapping[str, str], limits: Limits, deadline: float) -> None:
        self.stopped = threading.Event()
        self._deadline = deadline
        self._items: queue.Queue[_Head | bytes | BaseException | None] = queue.Queue(maxsize=8)
        arguments = (address, headers, limits)
        threading.Thread(target=self._run, args=arguments, name="tlzoo fetch", daemon=True).start()

    def head(self) -> _Head:
        head = self._next()
        assert isinstance(head, _Head)
        return head

    def __iter__(self) -> Iterator[bytes]:
        while (item := self._next()) is not None:
            assert isinstance(item, bytes)
            yield item

    def _next(self) -> _Head | bytes | None:
        try:
            item = self._items.get(timeout=max(0.0, self._deadline - time.monotonic()))
        except queue.Empty:
            self.stopped.set()
            raise BrokenStreamError("download timed out") from None
        if isinstance(item, BaseException):
            raise item
        return item

    def _run(self, address: str, headers: Mapping[str, str], limits: Limits) -> None:
        import requests
        import urllib3

        try:
            with requests.Session() as session, _answer(session, address, headers, limits) as response:
                self._put(_Head(response.status_code, response.headers))
                for chunk in response.raw.stream(_CHUNK, decode_content=False):
                    if self.stopped.is_set():
                        return
                    self._put(chunk)
            self._put(None)
        except BytesRefusedError as error:
            self._put(error)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            self._put(BrokenStreamError(_in_words(error)))
        except Exception as error:  # noqa: BLE001 - raised again where the response is read
            self._put(error)

    def _put(self, item: _Head | bytes | BaseException | None) -> None:
        while not self.stopped.is_set():
            try:
                self._items.put(item, timeout=1.0)
            except queue.Full:
                continue
            return


def _answer(session: requests.Session, address: str, headers: Mapping[str, str], limits: Limits) -> requests.Response:
    """Send a request, and follow redirects to allowed URLs."""
    asked = {"Accept-Encoding": "identity", "User-Agent": "tlzoo", **headers}
    for _ in range(limits.redirects + 1):
        response = session.get(
            address,
            headers=asked | authorization(address),
            stream=True,
            allow_redirects=False,
            timeout=(limits.connect, limits.silence),
        )
        target = response.headers.get("Location")
        if response.status_code not in _REDIRECTS or target is None:
            return response
        response.close()
        session.cookies.clear()
        before, address = address, urljoin(address, target)
        check_scheme(address, before=before)
    raise BytesRefusedError(f"more than {limits.redirects} redirects, the last to {address}")


def _from_disk(address: str, headers: Mapping[str, str]) -> Answer:
    """Return a server-like response from a folder of this machine, a mirror on a disk."""
    path = Path(url2pathname(urlsplit(address).path))
    if not path.is_file():
        return Answer(_Head(404, {}), iter(()))
    status = path.stat()
    tag = f'"{status.st_size}-{status.st_mtime_ns}"'
    start = 0
    if headers.get("If-Range") == tag:
        start = int(headers["Range"].removeprefix("bytes=").removesuffix("-"))
    said = {"Content-Length": str(status.st_size - start), "ETag": tag}
    if start:
        said["Content-Range"] = f"bytes {start}-{status.st_size - 1}/{status.st_size}"
    return Answer(_Head(206 if start else 200, said), _read(path, start))


def _read(path: Path, start: int) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            while chunk := stream.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise BrokenStreamError(f"{path} cannot be read: {error.strerror}") from error


def _in_words(error: Exception) -> str:
    """Return the innermost reason of a connection error, without addresses of objects."""
    import requests
    import urllib3

    if isinstance(error, requests.ConnectTimeout | requests.ReadTimeout | urllib3.exceptions.TimeoutError):
        return "the server does not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return f"its certificate is not accepted ({_innermost(error)})"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy does not answer ({_innermost(error)})"
    return _innermost(error)


def _innermost(error: BaseException) -> str:
    inner: BaseException = error
    while True:
        reason = getattr(inner, "reason", None)
        following = reason if isinstance(reason, BaseException) else inner.__cause__ or inner.__context__
        if following is None:
            break
        inner = following
    if isinstance(inner, IncompleteRead):
        return "the connection ended early" + (f", {inner.expected:,} bytes before its end" if inner.expected else "")
    said = inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
    return " ".join((said or type(inner).__name__).split())
