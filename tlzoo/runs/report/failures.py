"""Failures of parts of a report, which do not fail a finished run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tlzoo.errors import TlzooError

__all__ = ["Failures"]

Made = TypeVar("Made")
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class Failures:
    """Notes on missing parts of a report. ``tell`` passes each to the user immediately."""

    tell: Callable[[str], None]
    notes: list[str] = field(default_factory=list)

    def attempt(self, part: str, owner: str, make: Callable[[], Made], otherwise: Other) -> Made | Other:
        """Return the result of ``make``. If it raises, note that the part is missing, and return ``otherwise``.

        ``owner`` is the name of the called code, such as ``Grades.describe_answer``.
        """
        try:
            return make()
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            self.add(part, owner, error)
            return otherwise

    def add(self, part: str, owner: str, error: Exception) -> None:
        """Note that a part is missing because of an error."""
        said = " ".join(str(error).split())
        raised = "" if isinstance(error, TlzooError) else f"{owner} raised {type(error).__name__}: "
        note = f"the report has no {part}: {raised}{said}"
        self.notes.append(note)
        self.tell(note)
