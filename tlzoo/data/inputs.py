"""The raw inputs of a data set that can be read."""

from __future__ import annotations

from dataclasses import dataclass

from tlzoo.data.contract import Array, Digests, Examples, SetAside

__all__ = ["Inputs"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The raw inputs that can be read.

    Args:
        examples: The inputs.
        digests: SHA-256 of the content of each, uint8 (N, 32).
        rows: Their positions among all inputs that were given, int64 (N,).
        set_aside: The inputs that cannot be read, with reasons.
        notes: Lines for the user.
    """

    examples: Examples
    digests: Digests
    rows: Array
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()
