"""Removal of this machine's folders from texts that others will read, such as exported files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

__all__ = ["without_folders", "without_folders_inside"]

_EMBEDDED = re.compile(r"(?<![\w/.:~-])(?:[A-Za-z]:|~[\w.-]*)?[/\\](?:[^/\\\s'\"<>|:?&=]+[/\\])+")
"""The folders of an absolute path, or of one from a home folder, within a sentence; not those of an address such as https://example.org/a/b."""

_HOME = re.compile(r"~[\w.-]*[/\\]")


def without_folders(text: str) -> str:
    """Return a data source, a path or a sentence in which absolute and home paths have lost their folders.

    >>> without_folders("table:/home/ada/reviews.csv?text=review")
    'table:reviews.csv?text=review'
    """
    parts = (each if each.startswith("//") else _last(each) for each in re.split(r"([:?&=])", text))
    return _EMBEDDED.sub("", "".join(parts))


def without_folders_inside(text: str, document: Any) -> str:
    """Return the text of a JSON or TOML file in which the strings of ``document``, its content, lost their folders."""
    for each in sorted(set(_strings(document)), key=len, reverse=True):
        if (plain := without_folders(each)) != each:
            for ascii_only in (True, False):
                old, new = (json.dumps(value, ensure_ascii=ascii_only) for value in (each, plain))
                text = text.replace(old, new)
    return text


def _last(part: str) -> str:
    return PurePath(part).name if PurePath(part).is_absolute() or _HOME.match(part) else part


def _strings(document: Any) -> Iterator[str]:
    match document:
        case str():
            yield document
        case Mapping():
            for key, value in document.items():
                yield from (key, *_strings(value))
        case list():
            for each in document:
                yield from _strings(each)
