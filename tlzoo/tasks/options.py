"""The recipe fields for a task's criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from tlzoo.tasks.calibration import Calibrate

__all__ = ["BALANCES", "Balance", "TaskOptions"]

Balance = Literal["none", "class-weights", "oversample", "undersample", "focal", "logit-adjust"]
BALANCES: tuple[Balance, ...] = get_args(Balance)


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """The recipe fields ``balance``, ``loss``, ``thresholds``, ``calibrate`` and ``coverage``."""

    balance: Balance = "none"
    loss: str | None = None
    thresholds: str = "half"
    calibrate: Calibrate = "none"
    coverage: float | None = None
