"""Subjects of checks that have a registered name, or are classes in a module or a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tlzoo.runs import Named

__all__ = ["ReferenceSubject"]

Made = TypeVar("Made")


class ReferenceSubject:
    """A subject by its registered name, ``module:Class`` or ``./file.py:Class``."""

    def __init__(self, reference: str) -> None:
        """Take the reference; it is resolved by the first check."""
        self._reference = reference

    @property
    def title(self) -> str:
        """The reference."""
        return self._reference

    def _made(self, make: Callable[[Named], Made]) -> Made:
        """Call ``make`` with the reference, without options. Naming a class is consent to run its code."""
        from tlzoo.runs import Named
        from tlzoo.runs.consent.user_code import name_code

        name_code(self._reference)
        return make(Named(name=self._reference))
