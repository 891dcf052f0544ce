"""HTTP headers of a download: version and MD5 of the file, its length, and seconds to wait."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from urllib3.util import Retry

__all__ = ["number", "seconds_to_wait", "stated_md5", "validator"]


def validator(headers: Mapping[str, str]) -> str | None:
    """Return an identifier of the file's version: a strong ETag, or the time of its last change."""
    tag = headers.get("ETag")
    if tag is not None:
        return None if tag.startswith("W/") else tag
    return headers.get("Last-Modified")


def stated_md5(headers: Mapping[str, str]) -> str | None:
    """Return the MD5 in the header of Google Cloud Storage, which serves Kaggle's files; None without one.

    See https://cloud.google.com/storage/docs/xml-api/reference-headers#xgooghash. It is that of the stored bytes, which
    differ from the sent ones if the server decompressed them.
    """
    if headers.get("x-goog-stored-content-encoding", "identity") != "identity":
        return None
    pairs = (each.strip().partition("=") for each in headers.get("x-goog-hash", "").split(","))
    encoded = next((value for name, _, value in pairs if name == "md5"), None)
    try:
        found = base64.b64decode(encoded or "", validate=True)
    except ValueError:
        return None
    return f"md5:{found.hex()}" if len(found) == hashlib.md5(usedforsecurity=False).digest_size else None


def seconds_to_wait(asked: str | None, retry: Retry) -> float:
    """Return the seconds of a ``Retry-After`` header, which may be a date; 0 if it is missing or invalid."""
    from urllib3.exceptions import InvalidHeader

    try:
        return retry.parse_retry_after(asked) if asked is not None else 0.0
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0


def number(text: str | None) -> int | None:
    """Return a header that is a number, such as ``Content-Length``; None for others."""
    return int(text) if text is not None and text.strip().isdecimal() else None
