"""Learning rate schedules: a factor on the phase's rates for each step."""

from __future__ import annotations

import math
from collections.abc import Callable

from tlzoo.strategies.phase import Schedule

__all__ = ["multiplier"]


def multiplier(schedule: Schedule, warmup: float, done: float) -> float:
    """Return the factor on the rates at progress ``done`` (0 to 1) of a phase.

    ``warmup`` is the share of linear increase from zero; ``slanted-triangular`` and ``one-cycle`` have their
    own.
    """
    if schedule in ("constant", "cosine") and done < warmup:
        return done / warmup
    rest = (done - warmup) / max(1.0 - warmup, 1e-12) if schedule in ("constant", "cosine") else done
    return _SHAPES[schedule](rest)


def _cosine(done: float) -> float:
    """Half a cosine from one to zero (SGDR without restarts: Loshchilov and Hutter 2017, arXiv 1608.03983, eq. 5)."""
    return 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))


def _one_cycle(done: float, rising: float = 0.25, start: float = 0.04) -> float:
    """Cosine from 1/25 up to one in the first quarter, then down (Smith and Topin 2018, arXiv 1708.07120)."""
    if done < rising:
        return start + (1.0 - start) * (1.0 - _cosine(done / rising))
    return _cosine((done - rising) / (1.0 - rising))


def _slanted_triangular(done: float, rising: float = 0.1, ratio: float = 32.0) -> float:
    """Linearly up in the first tenth, then slowly down to 1/32 (Howard and Ruder 2018, arXiv 1801.06146, eq. 3)."""
    height = done / rising if done < rising else 1.0 - (done - rising) / (1.0 - rising)
    return (1.0 + height * (ratio - 1.0)) / ratio


_SHAPES: dict[str, Callable[[float], float]] = {
    "constant": lambda _done: 1.0,
    "cosine": _cosine,
    "one-cycle": _one_cycle,
    "slanted-triangular": _slanted_triangular,
}
