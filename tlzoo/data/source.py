"""Source strings: ``scheme:location?option=value``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.printable import readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(.*)", re.DOTALL)
_SCHEME_OF_SUFFIX = {".npz": "arrays", ".csv": "table", ".tsv": "table", ".jsonl": "table", ".parquet": "table"}


@dataclass(frozen=True, slots=True)
class Source:
    """A data source: adapter, location and options."""

    scheme: str
    location: str
    options: Mapping[str, str] = field(default_factory=dict)


def parse_source(text: str) -> Source:
    """Parse a source string. Options follow the last ``?`` and are joined by ``&``; ``%26`` is an ``&``.

    A path with a ``?`` needs another one at its end.

    >>> parse_source("images:photos/?a=b")
    Source(scheme='images', location='photos/', options={'a': 'b'})

    Raises:
        UsageError: If the scheme is missing, or an option has no name, has no value, or is repeated.
    """
    if readable(text) != text:
        raise UsageError(f"the source {readable(text)!r} is not UTF-8", "rename its folder, or link to it: ln -s")
    if "\0" in text:
        raise UsageError(f"the source {text!r} has a NUL character", "remove it: file names cannot have one")
    match = _SCHEME.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"source {text!r} has no scheme", _suggestion(text.strip()))
    scheme, rest = match.groups()
    location, mark, query = rest.rpartition("?")
    if not mark:
        return Source(scheme, rest)
    options: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, equals, value = pair.partition("=")
        if not (name and equals):
            fix = f"write options as 'name=value', or '{scheme}:{rest}?' if the '?' belongs to the path"
            raise UsageError(f"{pair!r} in the source {text!r} is not an option", fix)
        if name in options:
            raise UsageError(f"option {name!r} is repeated in the source {text!r}", "leave one of them out")
        options[name] = unquote(value)
    return Source(scheme, location, options)


def refuse_unknown_options(scheme: str, options: Mapping[str, str], known: Iterable[str]) -> None:
    """Raise UsageError if ``options`` has a name that is not in ``known``. Every adapter begins with this call."""
    known = tuple(known)
    for name in options:
        if name not in known:
            fix = did_you_mean(name, known, valid="its options") if known else "it has no options"
            raise UsageError(f"the source '{scheme}:' has no option {name!r}", fix)


def _suggestion(text: str) -> str:
    if not text:
        return "use one such as 'images:photos/' or 'digits:'"
    scheme = _SCHEME_OF_SUFFIX.get(PurePath(text).suffix.lower(), "digits" if text == "digits" else "images")
    return f"did you mean '{scheme}:{'' if scheme == text else text}'?"
