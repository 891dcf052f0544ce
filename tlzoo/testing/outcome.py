"""What came of checks, counted so that a kit which ran nothing cannot be taken for one that passed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, final

from tlzoo.tabular import Table, Tabular

__all__ = ["CheckFailedError", "Outcome", "Report", "Result", "SkippedError", "expect"]

Outcome = Literal["passed", "failed", "skipped"]


class CheckFailedError(AssertionError):
    """Raised by a check: what it proves does not hold."""


class SkippedError(Exception):
    """Raised by a check that cannot be run here, with the reason, which may not be empty."""

    def __init__(self, reason: str) -> None:
        if not reason.strip():
            raise ValueError("a check is skipped for a reason; received none")
        super().__init__(reason)


def expect(condition: object, reason: str) -> None:
    """Fail the check with this reason unless the condition holds. Unlike ``assert`` it is not compiled away."""
    if not condition:
        raise CheckFailedError(reason)


@final
@dataclass(frozen=True, slots=True)
class Result:
    """What came of one check on one entry, plugin or strategy. ``reason`` is None only where it passed."""

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
    """The results of all checks that were asked for."""

    results: tuple[Result, ...]

    @classmethod
    def of(cls, results: Iterable[Result]) -> Report:
        """Return the report of these results."""
        return cls(tuple(results))

    @property
    def failed(self) -> int:
        """How many failed."""
        return self._count("failed")

    @property
    def skipped(self) -> int:
        """How many could not be run here."""
        return self._count("skipped")

    @property
    def run(self) -> int:
        """How many were run: passed or failed."""
        return len(self.results) - self.skipped

    @property
    def ok(self) -> bool:
        """Whether something was run and nothing failed."""
        return self.run > 0 and self.failed == 0

    def to_records(self) -> list[dict[str, Any]]:
        """Return a mapping for each check."""
        return [result.to_json() for result in self.results]

    def table(self) -> Table:
        """Return subject, check, outcome and reason of each, with their counts."""
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
