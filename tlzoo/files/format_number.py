"""Format numbers of files written by tlzoo, so that later versions can change the formats.

A document without a number has format 1, because tlzoo 0.1 wrote none. Caches are an exception: a file with another
format is recreated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlzoo.errors import BytesRefusedError

__all__ = ["FORMAT_KEY", "with_format", "without_format"]

FORMAT_KEY = "format"


def with_format(document: Mapping[str, Any], number: int = 1) -> dict[str, Any]:
    """Return a document for writing: the format number first, then its keys.

    >>> with_format({"name": "a"})
    {'format': 1, 'name': 'a'}
    """
    return {FORMAT_KEY: number, **document}


def without_format(
    document: Mapping[str, Any], what: str, newest: int = 1, *, error: type[Exception] = BytesRefusedError
) -> dict[str, Any]:
    """Return the keys of a document, without its format number.

    Args:
        document: An object of JSON or a table of TOML.
        what: Its file, for the message.
        newest: The highest format number that this version reads.
        error: Error class for a higher number and for an invalid number.
    """
    found = dict(document)
    number = found.pop(FORMAT_KEY, 1)
    if type(number) is not int or number < 1:
        raise error(f"{what} is damaged: its format must be a whole number of at least 1; got {number!r:.40}", _RESTORE)
    if number > newest:
        raise error(
            f"{what} has format {number}, but this version of tlzoo reads formats up to {newest}", "upgrade tlzoo"
        )
    return found


_RESTORE = "restore the original file"
