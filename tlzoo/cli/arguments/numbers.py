"""Types of options that are numbers."""

from __future__ import annotations

from argparse import ArgumentTypeError

__all__ = ["at_least_one", "seconds", "seed", "whole_number"]

_LONGEST = 3600


def at_least_one(text: str) -> int:
    """Return a whole number from 1 on."""
    return whole_number(1, text)


def seed(text: str) -> int:
    """Return a whole number from 0 on."""
    return whole_number(0, text)


def seconds(text: str) -> float:
    """Return a number of seconds, above 0 and at most an hour."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= _LONGEST:  # NaN is neither
        raise ArgumentTypeError(f"must be a number above 0, at most {_LONGEST}; got {text!r}")
    return number


def whole_number(least: int, text: str) -> int:
    """Return a whole number from ``least`` on."""
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise ArgumentTypeError(f"must be a whole number from {least} on; got {text!r}")
    return number
