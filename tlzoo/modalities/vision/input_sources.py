"""Images from a folder, a glob or a URL."""

from __future__ import annotations

import glob
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tlzoo.errors import BytesRefusedError, DataError

__all__ = ["expand_images", "fetch_image", "is_address"]

MOST_BYTES = 256 * 2**20
"""Largest size of an image downloaded from a URL."""
_MOST_SECONDS = 120.0
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_OK = 200


def expand_images(inputs: Sequence[Any]) -> list[Any]:
    """Return images with folders and globs replaced by the image files in them, in natural order.

    A folder is searched with its subfolders, as for ``images:``. A file with the characters of a glob in its name is
    used as a file. Raises DataError for a folder or a glob without images.
    """
    return [found for each in inputs for found in _expanded(each)]


def _expanded(each: Any) -> Iterator[Any]:
    if not isinstance(each, str | Path) or is_address(each):
        yield each
        return
    from tlzoo.natural_order import natural

    if os.path.isdir(each):  # noqa: PTH112 - False for what can be no path
        yield from _images_in(Path(each))
    elif glob.has_magic(str(each)) and not os.path.exists(each):  # noqa: PTH110
        found = sorted(glob.glob(str(each), recursive=True), key=natural)  # noqa: PTH207 - absolute patterns, too
        if not found:
            raise DataError(f"no file matches {str(each)!r}", "correct the pattern")
        for name in found:
            if Path(name).is_dir():
                yield from _images_in(Path(name))
            else:
                yield name
    else:
        yield each


def _images_in(folder: Path) -> list[str]:
    from tlzoo.data.adapters.folder_layout import read_unlabelled

    return [str(folder / file.path) for file in read_unlabelled(folder).files]


def is_address(each: object) -> bool:
    """Return whether an input is an http or https URL."""
    return isinstance(each, str) and _ADDRESS.match(each) is not None


def fetch_image(address: str) -> bytes:
    """Download the bytes of a URL: https, or http on this machine.

    Nothing is cached. Raises DataError if the download fails, is too large or too slow, or if downloads are
    disabled, and BytesRefusedError for another kind of URL. Messages omit the URL: predictions have it.
    """
    from tlzoo.artifacts.fetching.stream import BrokenStreamError, get
    from tlzoo.artifacts.settings import settings

    now = settings()
    if now.offline:
        raise DataError("not downloaded offline", "leave out --offline (TLZOO_OFFLINE), or use a file")
    body = bytearray()
    try:
        answer = get(address, {}, now.limits, time.monotonic() + min(_MOST_SECONDS, now.limits.deadline))
        try:
            if answer.status != _OK:
                raise DataError(f"the server returned status {answer.status}", "check the URL")
            for chunk in answer.chunks():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise DataError(f"larger than {MOST_BYTES >> 20} MB", "download it, and use the file")
        finally:
            answer.close()
    except BrokenStreamError as error:
        raise DataError(f"download failed: {error}", "try again, or use a file") from error
    except BytesRefusedError as error:
        raise BytesRefusedError(error.what, "use an https URL, or a file") from error
    return bytes(body)
