"""Inputs given as a folder, a glob, an address or standard input."""

from __future__ import annotations

import glob
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.data.missing import is_missing
from tlzoo.errors import BytesRefusedError, DataError

if TYPE_CHECKING:
    from tlzoo.runs.results.raw_inputs import Input

__all__ = ["expand_images", "fetch_image", "inputs_from_stdin", "is_address", "split_lines"]

MOST_BYTES = 256 * 2**20
"""The largest image that is fetched from an address."""
_MOST_SECONDS = 120.0
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_OK = 200


def expand_images(inputs: Sequence[Input]) -> list[Input]:
    """Return images with folders and globs replaced by the image files in them, in natural order.

    A folder is searched with its subfolders, as ``images:`` does. A file whose name has the characters of a glob is
    that file. Raises DataError for a folder or a glob without images.
    """
    return [found for each in inputs for found in _expanded(each)]


def _expanded(each: Input) -> Iterator[Input]:
    if not isinstance(each, str | Path) or is_address(each):
        yield each
        return
    from tlzoo.data.adapters.folder_layout import natural

    if os.path.isdir(each):  # noqa: PTH112 - False for what can be no path
        yield from _images_in(Path(each))
    elif glob.has_magic(str(each)) and not os.path.exists(each):  # noqa: PTH110
        found = sorted(glob.glob(str(each), recursive=True), key=natural)  # noqa: PTH207 - absolute patterns, too
        if not found:
            raise DataError(f"no file matches {str(each)!r}", "nothing was predicted")
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
    """Return whether an input is an http or https address."""
    return isinstance(each, str) and _ADDRESS.match(each) is not None


def fetch_image(address: str) -> bytes:
    """Return the bytes at an address: https, or http on this machine.

    Nothing is cached. Raises DataError where it cannot be fetched, is too large, takes too long, or where fetching is
    switched off, and BytesRefusedError for another kind of address. Messages leave out the address: answers have it.
    """
    from tlzoo.artifacts.fetching.stream import BrokenStreamError, get
    from tlzoo.artifacts.settings import settings

    now = settings()
    if now.offline:
        raise DataError("not fetched offline", "leave out --offline (TLZOO_OFFLINE), or give a file")
    body = bytearray()
    try:
        answer = get(address, {}, now.limits, time.monotonic() + min(_MOST_SECONDS, now.limits.deadline))
        try:
            if answer.status != _OK:
                raise DataError(f"the server says {answer.status}", "check the address")
            for chunk in answer.chunks():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise DataError(f"larger than {MOST_BYTES >> 20} MB", "download it, and give the file")
        finally:
            answer.close()
    except BrokenStreamError as error:
        raise DataError(f"not fetched: {error}", "try again, or give a file") from error
    except BytesRefusedError as error:
        raise BytesRefusedError(error.what, "give an https address, or a file") from error
    return bytes(body)


def inputs_from_stdin() -> list[Input]:
    """Return the inputs on standard input: one a line, or the bytes of one image.

    Bytes that are not UTF-8 text are an image. Raises DataError where there is nothing.
    """
    content = sys.stdin.buffer.read()
    if not content.strip():
        raise DataError("standard input is empty", "pipe one input a line, or an image's bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [content]
    return [content] if "\0" in text else list(split_lines(text))


def split_lines(text: str) -> Iterator[Input]:
    """Yield the inputs of a text, one a line. Blank lines are skipped.

    A line ends with a line feed, a carriage return, or both.
    """
    for line in re.split(r"\r\n|\n|\r", text):
        if not is_missing(line):
            yield line
