"""Audit after each phase: trained variables must have moved, frozen ones must not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from tlzoo.errors import TrainingError
from tlzoo.training.phases.untrained_variables import UNTRAINED

__all__ = ["AuditResult", "Intent", "audit"]

Intent = Literal["trained", "statistics", "frozen"]

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class AuditResult:
    """Number of variables by intent; a violation raises an error instead."""

    trained: int
    statistics: int
    frozen: int


def audit(
    phase: str,
    intents: Mapping[str, Intent],
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    must_move: bool = True,
    why: Callable[[], tuple[str, str]] = lambda: UNTRAINED,
) -> AuditResult:
    """Compare hashes of every variable before and after a phase with its intent.

    ``statistics`` are the moving averages of BatchNorm layers that train: they may move. Without ``must_move``, trained
    variables may stay, because they may be at their optimum. ``why`` returns why variables did not move, and a fix.
    Raises TrainingError with a frozen variable that moved, or a trained one that did not.
    """
    moved = {path for path in intents if before[path] != after[path]}
    thawed = sorted(path for path in moved if intents[path] == "frozen")
    stuck = sorted(path for path, intent in intents.items() if intent == "trained" and path not in moved)
    if thawed:
        raise TrainingError(f"phase {phase!r}: frozen variables moved: {_some(thawed)}")
    if stuck and must_move:
        reason, fix = why()
        raise TrainingError(f"phase {phase!r}: variables that should train never moved: {_some(stuck)}: {reason}", fix)
    counts = list(intents.values())
    return AuditResult(counts.count("trained"), counts.count("statistics"), counts.count("frozen"))


def _some(paths: list[str]) -> str:
    named, others = paths[:_MOST_NAMED], paths[_MOST_NAMED:]
    return ", ".join(named) + (f" and {len(others)} more" if others else "")
