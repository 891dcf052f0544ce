"""Lengths of time as people write them: ``90s``, ``5m``, ``12h``, ``30d``, ``8w``."""

from __future__ import annotations

import re

from tlzoo.errors import UsageError

__all__ = ["seconds_of"]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_LONGEST = 100 * 366 * 86_400


def seconds_of(text: str, option: str) -> float:
    """Return a length of time in seconds; ``option`` is named in the UsageError that anything else raises.

    >>> seconds_of("1.5m", "--budget")
    90.0
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw])", text.strip())
    if match is None or not float(match[1]):
        raise UsageError(f"{option}: {text!r} is no length of time", "write such as 90s, 5m, 12h or 30d")
    seconds = float(match[1]) * _SECONDS[match[2]]
    if seconds > _LONGEST:
        raise UsageError(f"{option}: {text!r} is more than 100 years", "write such as 90s, 5m, 12h or 30d")
    return seconds
