"""Results of checks, counted so that a run without any check does not count as passed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, final

from tlzoo.tabular import Table, Tabular

__all__ = ["CheckFailedError", "Outcome", "Report", "Result", "SkippedError", "expect"]

Outcome = Literal["passed", "failed", "skipped"]


class CheckFailedError(AssertionError):
    """Raised by a check that fails."""


class SkippedError(Exception):
    """Raised by a check that cannot run here, with a reason."""

    def __init__(self, reason: str) -> None:
        if not reason.strip():
            raise ValueError("a skipped check needs a reason")
        super().__init__(reason)


def expect(condition: object, reason: str) -> None:
    """Fail the check unless a condition holds. Unlike ``assert``, it is never compiled away.

    Args:
        condition: The condition.
        reason: Reason of the failure.

    Raises:
        CheckFailedError: If the condition is false.
    """
    if not condition:
        raise CheckFailedError(reason)


@final
@dataclass(frozen=True, slots=True)
class Result:
    """Result of one check on one subject. ``reason`` is None only if it passed."""

    subject: str
    name: str
    outcome: Outcome
    reason: str | None = None
    error: BaseException | None = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"subject": self.subject, "name": self.name, "outcome": self.outcome, "reason": self.reason}


@final
@dataclass(frozen=True, slots=True, repr=False)
class Report(Tabular):
    """The results of all requested checks."""

    results: tuple[Result, ...]

    @classmethod
    def of(cls, results: Iterable[Result]) -> Report:
        """Return the report of these results."""
        return cls(tuple(results))

    @property
    def failed(self) -> int:
        """Number of failed checks."""
        return self._count("failed")

    @property
    def skipped(self) -> int:
        """Number of checks that could not run here."""
        return self._count("skipped")

    @property
    def run(self) -> int:
        """Number of checks that ran: passed or failed."""
        return len(self.results) - self.skipped

    @property
    def ok(self) -> bool:
        """Whether at least one check ran and none failed."""
        return self.run > 0 and self.failed == 0

    def to_records(self) -> list[dict[str, Any]]:
        """Return a mapping for each check."""
        return [result.to_json() for result in self.results]

    def table(self) -> Table:
        """Return subject, check, outcome and reason of each check, with their counts."""
        rows = [(each.subject, each.name, each.outcome, each.reason or "") for each in self.results]
        caption = f"{self.run} run, {self.failed} failed, {self.skipped} skipped"
        return Table(("subject", "check", "outcome", "reason"), rows, caption=caption)

    def to_json(self) -> dict[str, Any]:
        """Return what ``tlzoo check --json`` prints."""
        return {
            "checks": [result.to_json() for result in self.results],
            "run": self.run,
            "failed": self.failed,
            "skipped": self.skipped,
        }

    def _count(self, outcome: Outcome) -> int:
        return sum(result.outcome == outcome for result in self.results)
