"""Types of options that are whole numbers."""

from __future__ import annotations

from argparse import ArgumentTypeError

__all__ = ["at_least_one", "seed"]


def at_least_one(text: str) -> int:
    """Return a whole number from 1 on."""
    return _at_least(1, text)


def seed(text: str) -> int:
    """Return a whole number from 0 on."""
    return _at_least(0, text)


def _at_least(least: int, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise ArgumentTypeError(f"must be a whole number from {least} on; got {text!r}")
    return number
