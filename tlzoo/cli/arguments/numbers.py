"""Argument types for numbers."""

from __future__ import annotations

from argparse import ArgumentTypeError

__all__ = ["at_least_one", "at_least_two", "seconds", "seed", "share", "whole_number"]

_LONGEST = 3600


def at_least_one(text: str) -> int:
    """Convert a command-line argument to a whole number of at least 1.

    Args:
        text: The argument.

    Returns:
        The number.

    argparse reports an error if it is not such a number.
    """
    return whole_number(1, text)


def at_least_two(text: str) -> int:
    """Return a whole number of at least 2."""
    return whole_number(2, text)


def seed(text: str) -> int:
    """Return a whole number of at least 0."""
    return whole_number(0, text)


def seconds(text: str) -> float:
    """Return a number of seconds above 0 and at most one hour."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= _LONGEST:  # also rejects NaN
        raise ArgumentTypeError(f"must be above 0 and at most {_LONGEST}; got {text!r}")
    return number


def share(text: str) -> float:
    """Return a share above 0 and below 1, written as ``0.5%`` or ``0.005``."""
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = 0.0
    if not 0 < number < 1:  # also rejects NaN
        raise ArgumentTypeError(f"must be above 0% and below 100%, such as 0.5%; got {text!r}")
    return number


def whole_number(least: int, text: str) -> int:
    """Return a whole number of at least ``least``."""
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise ArgumentTypeError(f"must be a whole number of at least {least}; got {text!r}")
    return number
