"""One file from its addresses into the cache's ``downloads``: resumed where it broke off, counted while it comes."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts.settings import Settings
from tlzoo.errors import BytesRefusedError, FetchError
from tlzoo.files.atomic import write_text

from .stream import Answer, BrokenStreamError, get

if TYPE_CHECKING:
    from urllib3.util import Retry

__all__ = ["Download"]

_OK, _PARTIAL, _RANGE = 200, 206, 416
_AGAIN = {408, _RANGE, 425, 429, 500, 502, 503, 504}
_MOST_WAIT = 120.0
_WHY = {401: "it wants a login", 403: "it is forbidden", 404: "it is not there", 410: "it is not there any more"}


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why an attempt failed, and whether another cannot mend it."""

    why: str
    final: bool = False
    wait: float = 0.0
    """Seconds that the server asks to wait before the next attempt."""


@dataclass(slots=True)
class Download:
    """A download in a folder of its own: ``body`` is what has come so far, ``about.json`` of which version that is."""

    folder: Path
    what: str
    """What messages begin with: entry and name of the file."""
    name: str
    bytes: int | None
    """The declared length."""
    resumed: bool = False
    """Whether ``body`` is made of what came at several times: of one version, if the server told the truth."""

    @property
    def body(self) -> Path:
        """The bytes so far."""
        return self.folder / "body"

    def run(self, addresses: Sequence[str], settings: Settings, *, anew: bool = False) -> str:
        """Bring the whole file into ``body`` from the first address that has it, and return that address.

        ``anew`` throws away what came before. Raises FetchError, or BytesRefusedError for what may not be taken.
        """
        deadline = time.monotonic() + settings.limits.deadline
        self.folder.mkdir(parents=True, exist_ok=True)
        if anew:
            self.forget()
        failures = []
        for address in addresses:
            failure = self._from(address, settings, deadline)
            if failure is None:
                return address
            failures.append(f"{_shown(address)}: {failure}")
        raise FetchError(f"{self.what}: {self.name} could not be fetched from {'; '.join(failures)}")

    def forget(self) -> None:
        """Throw away what has come so far."""
        self.resumed = False
        self.body.unlink(missing_ok=True)
        (self.folder / "about.json").unlink(missing_ok=True)

    def discard(self) -> None:
        """Throw the download away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _from(self, address: str, settings: Settings, deadline: float) -> str | None:
        """Try one address as often as may be; return why it failed."""
        from urllib3.exceptions import MaxRetryError
        from urllib3.util import Retry

        limits = settings.limits
        if self._is_whole(address):
            self.resumed = True
            return None
        retry = Retry(total=limits.attempts - 1, backoff_factor=limits.pause, status_forcelist=_AGAIN)
        while (failure := self._attempt(address, settings, deadline, retry)) is not None:
            if failure.final:
                return failure.why
            if time.monotonic() >= deadline:
                return f"{failure.why} (after {limits.deadline:g} s)"
            try:
                retry = retry.increment("GET", address)
            except MaxRetryError:
                return f"{failure.why} ({limits.attempts} attempts)"
            wait = failure.wait or retry.get_backoff_time()
            time.sleep(min(wait, max(0.0, deadline - time.monotonic())))
        return None

    def _attempt(self, address: str, settings: Settings, deadline: float, retry: Retry) -> _Failure | None:
        """Ask once, and go on after the bytes that are here."""
        try:
            answer = get(address, self._resuming(address), settings.limits, deadline)
        except BytesRefusedError as error:
            raise BytesRefusedError(f"{self.what}: {error.what}", "take the file from an https address") from error
        except BrokenStreamError as error:
            return _Failure(str(error))
        try:
            if answer.status in {_OK, _PARTIAL}:
                self._take(address, answer, settings)
                return None
        except BrokenStreamError as error:
            return _Failure(str(error))
        finally:
            answer.close()
        if answer.status == _RANGE:
            self.forget()
        return _refused(answer, retry, min(_MOST_WAIT, deadline - time.monotonic()))

    def _is_whole(self, address: str) -> bool:
        """Return whether all of it has come before, and only what follows was interrupted."""
        about = self._about()
        return about.get("address") == address and self.body.exists() and about.get("bytes") == self._size()

    def _resuming(self, address: str) -> dict[str, str]:
        """Return the headers that ask for the rest of just that version of which a part is here."""
        about, size = self._about(), self._size()
        validator = about.get("validator") if about.get("address") == address else None
        if not size or not isinstance(validator, str):
            return {}
        return {"Range": f"bytes={size}-", "If-Range": validator}

    def _take(self, address: str, answer: Answer, settings: Settings) -> None:
        """Write an answer's body after what is here, or anew."""
        limits, start = settings.limits, self._start(answer)
        length = _number(answer.headers.get("Content-Length"))
        whole = None if length is None else start + length
        self._check_size(whole, limits.file)
        if not start:
            self.forget()
            validator = _validator(answer.headers)
            about = {"address": address, "validator": validator, "bytes": whole}
            write_text(self.folder / "about.json", json.dumps(about))
        self.resumed = start > 0
        total = whole or self.bytes or 0
        done = start
        with settings.progress.track(self.name, total, "bytes") as advance, self.body.open("ab") as stream:
            advance(start)
            for chunk in answer.chunks():
                done += len(chunk)
                self._check_size(done, limits.file, ended=False)
                stream.write(chunk)
                advance(len(chunk))
            stream.flush()
            os.fsync(stream.fileno())
        if whole is not None and done < whole:
            raise BrokenStreamError(f"it ended after {done:,} of {whole:,} bytes")

    def _start(self, answer: Answer) -> int:
        """Return how many of the bytes that are here an answer goes on after: all of them, or none."""
        if answer.status != _PARTIAL:
            return 0
        size, about = self._size(), self._about()
        found = re.fullmatch(r"bytes (\d+)-\d+/(?:\d+|\*)", answer.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != size or _validator(answer.headers) not in {None, about.get("validator")}:
            self.forget()
            raise BrokenStreamError("it went on at another place, or with another version")
        return size

    def _check_size(self, size: int | None, most: int, *, ended: bool = True) -> None:
        if size is None:
            return
        if size > most:
            self.forget()
            raise BytesRefusedError(f"{self.what}: {self.name} has {size:,} bytes, more than the {most:,} that may be")
        if self.bytes is not None and (size > self.bytes or (ended and size != self.bytes)):
            self.forget()
            raise BytesRefusedError(
                f"{self.what}: {self.name} has {size:,} bytes there, not the declared {self.bytes:,}",
                "wait for the registry to be mended, or take the file from elsewhere",
            )
        free = shutil.disk_usage(self.folder).free
        if ended and size - self._size() > free:
            raise FetchError(
                f"{self.what}: {self.name} has {size:,} bytes, and {free:,} are free in {self.folder}",
                "make room, or set TLZOO_CACHE to another disk",
            )

    def _about(self) -> dict[str, Any]:
        try:
            about = json.loads((self.folder / "about.json").read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return about if isinstance(about, dict) else {}

    def _size(self) -> int:
        try:
            return self.body.stat().st_size
        except OSError:
            return 0


def _refused(answer: Answer, retry: Retry, most_wait: float) -> _Failure:
    """Return what a server's status means, and how long the server asks to wait."""
    why = f"the server says {answer.status}" + (f", {_WHY[answer.status]}" if answer.status in _WHY else "")
    asked = answer.headers.get("Retry-After")
    if not retry.is_retry("GET", answer.status, asked is not None):
        return _Failure(why, final=True)
    wait = _seconds(asked, retry)
    if wait > most_wait:
        return _Failure(f"{why}, and asks to come back in {wait:.0f} s", final=True)
    return _Failure(why, wait=wait)


def _validator(headers: Mapping[str, str]) -> str | None:
    """Return what names a version of a file: a strong ETag, or the time of its last change."""
    tag = headers.get("ETag")
    if tag is not None:
        return None if tag.startswith("W/") else tag
    return headers.get("Last-Modified")


def _seconds(asked: str | None, retry: Retry) -> float:
    """Return the seconds of a ``Retry-After``, which may be a date; 0 where there is none or it is neither."""
    from urllib3.exceptions import InvalidHeader

    try:
        return retry.parse_retry_after(asked) if asked is not None else 0.0
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() else None


def _shown(address: str) -> str:
    return address.partition("?")[0] if "tf-hub-format" not in address else address
