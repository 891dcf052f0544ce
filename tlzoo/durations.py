"""Durations: parsing (``90s``, ``5m``, ``1.5h``, ``30d``, ``8w``) and formatting."""

from __future__ import annotations

import math
import re
from typing import TypeAlias

from tlzoo.errors import UsageError

__all__ = ["TimeBudget", "format_duration", "parse_duration"]

TimeBudget: TypeAlias = str | float
"""A duration as an argument: a string with a unit, such as ``"5m"``, or a number of seconds."""

_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_LONGEST = 100 * 366 * 86_400
_FIX = "use a number and a unit (s, m, h, d, w), such as 90s or 1.5h"
_ESTIMATE_UNITS = ((90, "s", 1), (5400, "min", 60))


def parse_duration(duration: TimeBudget, option: str) -> float:
    """Return a duration in seconds, above 0 and at most 100 years.

    A string is a number and a unit: s, m or min, h, d, w. A string without a unit is ambiguous and raises UsageError,
    as does any invalid duration; the error names ``option``.

    >>> parse_duration("1.5m", "--budget")
    90.0
    """
    if isinstance(duration, str):
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([a-z]*)", duration.strip())
        if match is None or (match[2] and match[2] not in _SECONDS):
            raise UsageError(f"{option}: {duration!r:.40} is not a duration", _FIX)
        if not match[2]:
            raise UsageError(
                f"{option}: {duration!r} has no unit", f"use {match[1]}s for seconds, {match[1]}m for minutes, …"
            )
        seconds = float(match[1]) * _SECONDS[match[2]]
    elif isinstance(duration, int | float) and not isinstance(duration, bool):
        seconds = float(duration)
    else:
        raise UsageError(f"{option}: {duration!r:.40} is not a duration", "use a string such as '5m', or seconds")
    if not seconds > 0:  # also NaN
        raise UsageError(f"{option}: {duration!r:.40} must be above 0", _FIX)
    if seconds > _LONGEST:
        raise UsageError(f"{option}: {duration!r:.40} must be at most 100 years", _FIX)
    return seconds


def format_duration(seconds: float, *, estimate: bool = False) -> str:
    """Return a duration as text: ``4.2 s``, ``1 min 23 s``, ``2 h``; ``n/a`` for NaN and infinity.

    An ``estimate`` has one unit only: ``40 s``, ``7 min``, ``2.5 h``.
    """
    if not math.isfinite(seconds):
        return "n/a"
    if estimate:
        for limit, unit, size in _ESTIMATE_UNITS:
            if seconds < limit:
                return f"{max(1, round(seconds / size))} {unit}"
        return f"{seconds / 3600:.1f} h"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{round(seconds, 2):.3g} s"
