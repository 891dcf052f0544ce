"""Parts of a report that could not be made: a finished run is worth more than one of them."""

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
    """Notes of what is missing in a report. ``tell`` says each to the user at once."""

    tell: Callable[[str], None]
    notes: list[str] = field(default_factory=list)

    def attempt(self, part: str, owner: str, make: Callable[[], Made], otherwise: Other) -> Made | Other:
        """Return what ``make`` returns. If it raises, note that the report has no such part, and return ``otherwise``.

        ``owner`` names the code that is called, such as ``Grades.describe_answer``.
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
