"""The recipe fields for a task's criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["BALANCES", "Balance", "TaskOptions", "Thresholds"]

Balance = Literal["none", "class-weights", "oversample", "undersample", "focal", "logit-adjust"]
BALANCES: tuple[Balance, ...] = get_args(Balance)

Thresholds = Literal["half", "validation"] | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """The recipe fields ``balance``, ``loss`` and ``thresholds``. Numbers are thresholds of an earlier run."""

    balance: Balance = "none"
    loss: str | None = None
    thresholds: Thresholds = "half"
