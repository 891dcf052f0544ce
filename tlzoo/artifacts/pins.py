"""``tlzoo.lock``: the user's decisions to accept bytes without a published hash, and to trust programs and code.

A pin is the SHA-256 of a source on first use. A trust lets one program, identified by the hash of all its files, use
operations that are refused otherwise. A consent allows Python code named by a recipe or run, by the hash of its file.
The file is TOML, written atomically and locked. The lock file in the working folder is used if it exists, as for a
project with its own; otherwise that of the user. Trust is only read from the user's file: a downloaded folder must
not grant it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from tlzoo.errors import BytesRefusedError, EntryError
from tlzoo.files.atomic import write_text
from tlzoo.files.folders import expanded, settings_path
from tlzoo.files.format_number import with_format, without_format
from tlzoo.files.lock import exclusive

__all__ = ["LOCK", "Pin", "Trust", "consent", "consented", "lock_path", "pin", "pinned", "trust", "trusted"]

LOCK = "TLZOO_LOCK"
_NAME = "tlzoo.lock"
_TABLES = ("pins", "trusted", "code")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_HEADER = """\
# Hashes of files without a published hash, as of their first use. Written by tlzoo.
# Remove a pin only if you know why its source has changed.
"""


@dataclass(frozen=True, slots=True)
class Pin:
    """The required hash of a source."""

    sha256: str
    """``sha256:…``"""
    bytes: int
    entry: str
    """Id of the entry and name of the file at first use."""
    reason: Literal["first use", "md5"]
    """Whether the user accepted the bytes, or they matched a publisher's MD5."""
    since: str
    """UTC, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Trust:
    """A program that may use operations that are refused otherwise."""

    entry: str
    operations: tuple[str, ...]
    since: str
    """UTC, ISO 8601."""


def lock_path() -> Path:
    """Return the lock file with pins: ``TLZOO_LOCK``, else that of the working folder if it exists, else the user's."""
    here = Path(_NAME).absolute()
    return here if not os.environ.get(LOCK) and here.is_file() else _of_user()


def pinned(source: str) -> Pin | None:
    """Return the pin of a source; raise BytesRefusedError if the lock file is invalid."""
    found = _read(lock_path())["pins"].get(source)
    if found is None:
        return None
    try:
        known = Pin(**found)
    except TypeError:
        known = None
    if known is None or not isinstance(known.sha256, str) or not _SHA256.fullmatch(known.sha256):
        raise BytesRefusedError(f"{lock_path()}: the pin of {source} is damaged", "correct or remove it")
    return known


def pin(source: str, sha256: str, size: int, entry: str, reason: Literal["first use", "md5"]) -> None:
    """Pin a source permanently; raise BytesRefusedError if it has another pin."""
    with _changing(lock_path()) as document:
        before = document["pins"].get(source)
        if before is None:
            document["pins"][source] = asdict(Pin(sha256, size, entry, reason, _now()))
        elif before.get("sha256") != sha256:
            raise pin_mismatch(entry, source, sha256, str(before.get("sha256")))


def pin_mismatch(what: str, source: str, found: str, known: str) -> BytesRefusedError:
    """Return the error for a source whose bytes differ from its pin."""
    return BytesRefusedError(
        f"{what}: {source} has {found}, but is pinned to {known} in {lock_path()}",
        "get the original file; remove the pin only if you know why the file changed",
    )


def trusted(tree: str) -> Trust | None:
    """Return the trust in a program, identified by its ``tree-sha256:…``."""
    found = _read(_of_user())["trusted"].get(tree)
    if found is None:
        return None
    try:
        return Trust(found["entry"], tuple(found["operations"]), found["since"])
    except (KeyError, TypeError) as error:
        raise BytesRefusedError(f"{_of_user()}: the trust in {tree} is damaged", "correct or remove it") from error


def trust(tree: str, entry: str, operations: tuple[str, ...]) -> None:
    """Record trust in a program with these operations."""
    with _changing(_of_user()) as document:
        document["trusted"][tree] = {"entry": entry, "operations": list(operations), "since": _now()}


def consented(sha256: str) -> bool:
    """Return whether the user consented to execute the Python file with this hash."""
    return sha256 in _read(_of_user())["code"]


def consent(sha256: str, file: str, reference: str) -> None:
    """Record consent to execute a Python file; ``file`` and ``reference`` document which one it was."""
    with _changing(_of_user()) as document:
        document["code"][sha256] = {"file": file, "named": reference, "since": _now()}


@contextmanager
def _changing(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lock document for changes; it is written if the block ends without an error."""
    import tomli_w

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(path):
            document = _read(path)
            yield document
            write_text(path, _HEADER + tomli_w.dumps(with_format(_sorted(document))))
    except OSError as error:
        raise EntryError(f"{path} cannot be written: {error.strerror}", f"set another file with {LOCK}") from error


def _of_user() -> Path:
    chosen = os.environ.get(LOCK)
    if chosen:
        return expanded(chosen).absolute()
    return Path(settings_path()) / _NAME


def _read(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {name: {} for name in _TABLES}
    except (ValueError, RecursionError) as error:  # not UTF-8, a number with too many digits, or nested too deeply
        raise BytesRefusedError(
            f"{path} is not TOML: {error}", "correct it, or remove it and grant trust again"
        ) from error
    except OSError as error:
        raise BytesRefusedError(f"{path} cannot be read: {error.strerror}", f"set another file with {LOCK}") from error
    document = without_format(document, str(path))
    tables = {name: document.get(name, {}) for name in _TABLES}
    if not all(_is_table(each) for each in tables.values()):
        raise BytesRefusedError(f"{path} is not a lock file of tlzoo", "restore it, or remove it to pin files again")
    return tables


def _is_table(table: Any) -> bool:
    return isinstance(table, dict) and all(isinstance(each, dict) for each in table.values())


def _sorted(document: dict[str, Any]) -> dict[str, Any]:
    return {name: {key: table[key] for key in sorted(table)} for name, table in document.items() if table}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
