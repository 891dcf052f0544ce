"""``tlzoo.lock``: what its user decided to take from where nobody vouches for the bytes.

A pin is the sha256 that a source had when it was first used; a trust lets one program, named by the hash of all its
files, use operations that are refused otherwise; a consent lets Python code that a recipe or a run names be executed,
by the hash of its file. The file is TOML, written whole or not at all, one process at a time.
It is the one in the working folder where there is one, as of a project that keeps its own; else the user's. Trust is
only ever the user's: a folder that one has downloaded must not grant it.
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
# Bytes that nobody vouches for, as they were when they were first used: written by tlzoo, kept by you.
# Remove a pin only where you know why its source has changed.
"""


@dataclass(frozen=True, slots=True)
class Pin:
    """The hash that a source must have from now on."""

    sha256: str
    """``sha256:…``"""
    bytes: int
    entry: str
    """The entry's id and the name of the file, as the first use named them."""
    reason: Literal["first use", "md5"]
    """Whether its user took the bytes as they were, or a publisher's MD5 vouched for them."""
    since: str
    """UTC, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Trust:
    """A program that may use operations which are refused otherwise."""

    entry: str
    operations: tuple[str, ...]
    since: str
    """UTC, ISO 8601."""


def lock_path() -> Path:
    """Return the lock whose pins hold: ``TLZOO_LOCK``, else the working folder's if it is there, else the user's."""
    here = Path(_NAME).absolute()
    return here if not os.environ.get(LOCK) and here.is_file() else _of_user()


def pinned(source: str) -> Pin | None:
    """Return what a source was pinned to; raise BytesRefusedError where the lock cannot be read."""
    found = _read(lock_path())["pins"].get(source)
    if found is None:
        return None
    try:
        known = Pin(**found)
    except TypeError:
        known = None
    if known is None or not isinstance(known.sha256, str) or not _SHA256.fullmatch(known.sha256):
        raise BytesRefusedError(f"{lock_path()}: the pin of {source} is damaged", "mend it, or remove it")
    return known


def pin(source: str, sha256: str, size: int, entry: str, reason: Literal["first use", "md5"]) -> None:
    """Pin a source, for good: raise BytesRefusedError where it is pinned to something else."""
    with _changing(lock_path()) as document:
        before = document["pins"].get(source)
        if before is None:
            document["pins"][source] = asdict(Pin(sha256, size, entry, reason, _now()))
        elif before.get("sha256") != sha256:
            raise pin_mismatch(entry, source, sha256, str(before.get("sha256")))


def pin_mismatch(what: str, source: str, found: str, known: str) -> BytesRefusedError:
    """Say that a source has other bytes than those that are pinned."""
    return BytesRefusedError(
        f"{what}: {source} has {found}, and is pinned to {known} in {lock_path()}",
        "take the bytes as they were; only if you know why they changed, remove the pin",
    )


def trusted(tree: str) -> Trust | None:
    """Return the trust in a program, named by its ``tree-sha256:…``."""
    found = _read(_of_user())["trusted"].get(tree)
    if found is None:
        return None
    try:
        return Trust(found["entry"], tuple(found["operations"]), found["since"])
    except (KeyError, TypeError) as error:
        raise BytesRefusedError(f"{_of_user()}: the trust in {tree} is damaged", "mend it, or remove it") from error


def trust(tree: str, entry: str, operations: tuple[str, ...]) -> None:
    """Write down that a program is trusted with these operations."""
    with _changing(_of_user()) as document:
        document["trusted"][tree] = {"entry": entry, "operations": list(operations), "since": _now()}


def consented(sha256: str) -> bool:
    """Return whether the user consented to execute the Python file with this hash."""
    return sha256 in _read(_of_user())["code"]


def consent(sha256: str, file: str, reference: str) -> None:
    """Record the user's consent to execute a Python file: ``file`` and ``reference`` say to a reader which it was."""
    with _changing(_of_user()) as document:
        document["code"][sha256] = {"file": file, "named": reference, "since": _now()}


@contextmanager
def _changing(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lock's document to change; it is written when the block ends without an error."""
    import tomli_w

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(path):
            document = _read(path)
            yield document
            write_text(path, _HEADER + tomli_w.dumps(with_format(_sorted(document))))
    except OSError as error:
        raise EntryError(f"{path} cannot be written: {error.strerror}", f"name another with {LOCK}") from error


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
    except (ValueError, RecursionError) as error:  # not UTF-8, too long a number, or nested too deeply
        raise BytesRefusedError(f"{path} is not TOML: {error}", "mend it, or remove it to trust anew") from error
    except OSError as error:
        raise BytesRefusedError(f"{path} cannot be read: {error.strerror}", f"name another with {LOCK}") from error
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
