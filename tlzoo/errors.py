"""Everything that tlzoo raises on purpose, and the exit code that the command line gives it.

An error says what happened, with which value, and what to do about it: ``str(error)`` is the whole line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

__all__ = [
    "BytesRefusedError",
    "DataError",
    "EntryError",
    "FetchError",
    "InstallError",
    "PluginError",
    "RegistryError",
    "RunError",
    "TlzooError",
    "TrainingError",
    "UsageError",
    "did_you_mean",
    "nearest",
]


class TlzooError(Exception):
    """The work failed. ``what`` says what happened, ``fix`` what to do; both are shown on one line."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, fix: str | None = None) -> None:
        super().__init__(what if fix is None else f"{what}; {fix}")
        self.what = what
        self.fix = fix


class UsageError(TlzooError):
    """What was asked for does not make sense: an unknown name, a misspelt option, an impossible value."""

    exit_code = 2


class RegistryError(TlzooError):
    """A registry or the index cannot be used: not TOML, a field missing, one id or namespace claimed twice."""

    exit_code = 3


class EntryError(TlzooError):
    """An entry is unknown, ambiguous, or cannot be loaded."""

    exit_code = 3


class FetchError(EntryError):
    """Bytes of an entry could not be had: no network, a server that does not give them, a limit reached."""


class PluginError(TlzooError):
    """A plugin is missing, broken, or in conflict with another."""

    exit_code = 3


class InstallError(TlzooError):
    """A plugin could not be installed or removed."""


class BytesRefusedError(TlzooError):
    """Bytes do not have the hash that was declared, or come from where nothing may come from."""

    exit_code = 4


class DataError(TlzooError):
    """The data cannot be used as asked: empty, one class, unreadable."""


class TrainingError(TlzooError):
    """A phase could not be run, or did not do what was asked of it."""


class RunError(TlzooError):
    """A run folder is not one, is incomplete, or is in use."""


_MOST_NAMES = 24
_NEAR, _AS_NEAR = 0.6, 0.2
"""How alike a name must be (difflib's ratio) to be meant, and how much less alike than the nearest one."""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three known names that a misspelt one may mean, the nearest first; case is ignored.

    >>> nearest("visoin", ["vision", "vectors", "version"])
    ['vision']
    """
    from difflib import SequenceMatcher, get_close_matches

    lower = {each.lower(): each for each in sorted(set(known), reverse=True)}
    near = get_close_matches(name.lower(), lower, n=3, cutoff=_NEAR)
    alike = [SequenceMatcher(None, match, name.lower()).ratio() for match in near]
    return [lower[match] for match, ratio in zip(near, alike, strict=True) if ratio > alike[0] - _AS_NEAR]


def did_you_mean(name: str, known: Iterable[str], *, valid: str = "known") -> str:
    """Return the second half of an error for an unknown name: the nearest known names, or all of them.

    >>> did_you_mean("lineer", ["linear", "mlp"])
    "did you mean 'linear'?"
    >>> did_you_mean("zzz", ["linear", "mlp"])
    "known: 'linear', 'mlp'"
    """
    names = sorted(set(known))
    near = nearest(name, names)
    if near:
        return "did you mean " + " or ".join(map(repr, near)) + "?"
    if not names:
        return f"{valid}: none"
    shown = ", ".join(repr(each) for each in names[:_MOST_NAMES])
    return f"{valid}: {shown}" + (", …" if len(names) > _MOST_NAMES else "")
