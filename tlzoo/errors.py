"""All errors that tlzoo raises deliberately, with the exit codes of the command line.

A message says what happened, with the value, and how to fix it. ``str(error)`` is the whole line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

__all__ = [
    "BytesRefusedError",
    "DataError",
    "EntryError",
    "ExportError",
    "FetchError",
    "InstallError",
    "PluginError",
    "RegistryError",
    "RunError",
    "TlzooError",
    "TrainingError",
    "UploadError",
    "UsageError",
    "did_you_mean",
    "nearest",
]


class TlzooError(Exception):
    """Base class of all errors of tlzoo.

    >>> try:
    ...     tlzoo.entry("glifnet")
    ... except tlzoo.TlzooError as error:
    ...     print(error.fix)
    did you mean 'vision/glyphnet.glyphs'?

    Args:
        what: Description of the error, with the value.
        fix: How to fix it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, fix: str | None = None) -> None:
        super().__init__(what if fix is None else f"{what}; {fix}")
        self.what = what
        self.fix = fix


class UsageError(TlzooError):
    """A request is invalid: an unknown name, a misspelt option, an impossible value."""

    exit_code = 2


class RegistryError(TlzooError):
    """A registry or the index is invalid: not TOML, a missing field, or a duplicate id or namespace."""

    exit_code = 3


class EntryError(TlzooError):
    """An entry is unknown, ambiguous, or cannot be loaded."""

    exit_code = 3


class FetchError(EntryError):
    """A download failed: no network, a server error, or a limit."""


class PluginError(TlzooError):
    """A plugin is missing, broken, or in conflict with another plugin."""

    exit_code = 3


class InstallError(TlzooError):
    """A plugin could not be installed or removed."""


class BytesRefusedError(TlzooError):
    """A file was refused: it does not have its declared hash, comes from a forbidden place, or has refused content."""

    exit_code = 4


class DataError(TlzooError):
    """The data cannot be used: empty, a single class, unreadable."""


class TrainingError(TlzooError):
    """A phase failed, or a strategy is invalid."""


class ExportError(TlzooError):
    """A run cannot be exported: a format cannot express its network, or its files lose more accuracy than allowed."""


class UploadError(TlzooError):
    """An upload failed: no network, a refused token, or an error of the server."""


class RunError(TlzooError):
    """A folder is not a run, or the run is unfinished or in use."""


_MOST_NAMES = 24
_NEAR, _AS_NEAR = 0.6, 0.2
"""Minimum similarity of a name to be suggested (difflib's ratio), and maximum distance to the nearest one."""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three known names similar to a misspelt one, ignoring case.

    >>> nearest("visoin", ["vision", "vectors", "version"])
    ['vision']

    Args:
        name: The misspelt name.
        known: Known names.

    Returns:
        Similar names, nearest first.
    """
    from difflib import SequenceMatcher, get_close_matches

    lower = {each.lower(): each for each in sorted(set(known), reverse=True)}
    near = get_close_matches(name.lower(), lower, n=3, cutoff=_NEAR)
    alike = [SequenceMatcher(None, match, name.lower()).ratio() for match in near]
    return [lower[match] for match, ratio in zip(near, alike, strict=True) if ratio > alike[0] - _AS_NEAR]


def did_you_mean(name: str, known: Iterable[str], *, valid: str = "known") -> str:
    """Return the fix for an unknown name: the nearest known names, or all of them.

    >>> did_you_mean("lineer", ["linear", "mlp"])
    "did you mean 'linear'?"
    >>> did_you_mean("zzz", ["linear", "mlp"])
    "known: 'linear', 'mlp'"

    Args:
        name: The unknown name.
        known: Known names.
        valid: Word before the list of all known names.

    Returns:
        Text for the fix of an error.
    """
    names = sorted(set(known))
    near = nearest(name, names)
    if near:
        return "did you mean " + " or ".join(map(repr, near)) + "?"
    if not names:
        return f"{valid}: none"
    shown = ", ".join(repr(each) for each in names[:_MOST_NAMES])
    return f"{valid}: {shown}" + (", …" if len(names) > _MOST_NAMES else "")
