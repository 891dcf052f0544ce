"""Untrusted JSON, JSON Lines and TOML: regular files with limits on size and nesting."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path
from typing import Any

from tlzoo.errors import BytesRefusedError

__all__ = ["DEEPEST", "parse_json", "parse_lines", "parse_toml", "read_json", "read_plain", "refuse_shared"]

DEEPEST = 32
"""Maximum nesting depth of tables and arrays."""
_MOST_BYTES = 64 * 2**20
_MOST_DOTS = 1000
"""Maximum dots in a line of TOML: ``tomllib`` takes quadratic time in the parts of a dotted key."""
_FIX = "replace the file by one from a source you trust"


def read_plain(path: Path, most: int = _MOST_BYTES) -> bytes:
    """Return the bytes of a regular file of at most ``most`` bytes.

    Raises BytesRefusedError for a link, a pipe, a device, a folder or a larger file, and FileNotFoundError if the path
    does not exist. Opening a pipe does not block.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if path.is_symlink():
            raise BytesRefusedError(f"{path} is a link", "replace it by the file itself")
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BytesRefusedError(f"{path} cannot be read: {error.strerror}", _FIX) from error
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise BytesRefusedError(f"{path} is not a regular file", "replace it by a regular file")
        if status.st_size > most:
            raise BytesRefusedError(f"{path} has {status.st_size:,} bytes; at most {most:,} are allowed", _FIX)
        return stream.read(most)


def refuse_shared(path: Path) -> None:
    """Raise BytesRefusedError if a file written in place is a hard link, whose other name may be anywhere.

    Also raised for other than regular files. A missing file is accepted.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(status.st_mode):
        raise BytesRefusedError(f"{path} is a link, which is not allowed in a run", "remove it")
    if not stat.S_ISREG(status.st_mode):
        raise BytesRefusedError(f"{path} is not a regular file", "remove it")
    if status.st_nlink > 1:
        raise BytesRefusedError(f"{path} is a hard link, so another file would change with it", "replace it by a copy")


def read_json(path: Path, most: int = _MOST_BYTES) -> Any:
    """Return the value in a JSON file. Raises the errors of ``read_plain`` and ``parse_json``."""
    return parse_json(read_plain(path, most), str(path))


def parse_json(text: bytes, what: str, deepest: int = DEEPEST) -> Any:
    """Return a JSON value; raise BytesRefusedError, starting with ``what``, for invalid bytes and deep nesting."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise _too_deep(what) from None
    except ValueError as error:
        raise BytesRefusedError(f"{what} is damaged: {error}", _FIX) from error
    _check_depth(value, what, deepest)
    return value


def parse_lines(text: bytes, what: str) -> list[dict[str, Any]]:
    """Return the objects of JSON Lines; raise BytesRefusedError for a line that is not an object."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line:
            continue
        value = parse_json(line, f"{what}, line {number},")
        if not isinstance(value, dict):
            raise BytesRefusedError(f"{what}, line {number}, is damaged: it is not an object", _FIX)
        found.append(value)
    return found


def parse_toml(text: bytes, what: str) -> dict[str, Any]:
    """Return a TOML document; raise BytesRefusedError, starting with ``what``, for invalid bytes and deep nesting."""
    if any(line.count(b".") > _MOST_DOTS for line in text.splitlines()):
        raise _too_deep(what)
    try:
        document = tomllib.loads(text.decode())
    except RecursionError:
        raise _too_deep(what) from None
    except ValueError as error:  # not UTF-8, not TOML, or a number with too many digits
        raise BytesRefusedError(f"{what} is not TOML: {error}", _FIX) from error
    _check_depth(document, what)
    return document


def _check_depth(value: Any, what: str, deepest: int = DEEPEST) -> None:
    waiting = [(value, 1)]
    while waiting:
        each, depth = waiting.pop()
        inside = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        if inside and depth > deepest:
            raise _too_deep(what, deepest)
        waiting += [(one, depth + 1) for one in inside if isinstance(one, dict | list)]


def _too_deep(what: str, deepest: int = DEEPEST) -> BytesRefusedError:
    return BytesRefusedError(f"{what} has more than {deepest} nested levels", _FIX)
