"""Places of labels in prepared samples: what a task knows of a backbone's preprocessing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["Placement"]


class Placement(Protocol):
    """The part of ``tlzoo.backbones.Preprocessing`` that places labels."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a prepared sample."""
        ...

    @property
    def origins(self) -> Callable[[Any], Any] | None:
        """From one raw input to the place of each position of a sequence in it: int32 (positions, 2), or None."""
        ...
