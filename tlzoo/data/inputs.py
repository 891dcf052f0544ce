"""Readable raw inputs of a data set."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tlzoo.data.contract import Array, Digests, Examples, SetAside

__all__ = ["Inputs"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The readable raw inputs.

    Args:
        examples: The inputs.
        digests: SHA-256 of the content of each, uint8 (N, 32).
        rows: Their positions among all given inputs, int64 (N,).
        set_aside: The unreadable inputs, with reasons.
        notes: Lines for the user.
    """

    examples: Examples
    digests: Digests
    rows: Array
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()

    def noted(self, notes: tuple[str, ...]) -> Inputs:
        """Return the inputs with more notes."""
        return replace(self, notes=(*self.notes, *notes))
