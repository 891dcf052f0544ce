"""Format numbers of the files that tlzoo writes, so that a later version can change them.

A document without a number has format 1: tlzoo 0.1 wrote none. Caches are the exception: a file of another format is
made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlzoo.errors import BytesRefusedError

__all__ = ["FORMAT_KEY", "with_format", "without_format"]

FORMAT_KEY = "format"


def with_format(document: Mapping[str, Any], number: int = 1) -> dict[str, Any]:
    """Return a document to write: the format number first, then its own keys.

    >>> with_format({"name": "a"})
    {'format': 1, 'name': 'a'}
    """
    return {FORMAT_KEY: number, **document}


def without_format(
    document: Mapping[str, Any], what: str, newest: int = 1, *, error: type[Exception] = BytesRefusedError
) -> dict[str, Any]:
    """Return the keys of a document that was read, without its format number.

    Args:
        document: an object of JSON or a table of TOML.
        what: its file, for the message.
        newest: the highest format number that this tlzoo reads.
        error: what is raised, with a reason and a fix, for a higher number and for what is not a number from 1.
    """
    found = dict(document)
    number = found.pop(FORMAT_KEY, 1)
    if type(number) is not int or number < 1:
        raise error(f"{what} is damaged: its format must be a whole number from 1; received {number!r:.40}", _RESTORE)
    if number > newest:
        raise error(f"{what} has format {number}, and this tlzoo reads formats up to {newest}", "upgrade tlzoo")
    return found


_RESTORE = "restore the file as it was written"
