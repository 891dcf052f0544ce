"""Input shapes of heads that see more than one vector a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Level", "MapShape", "SequenceShape", "Takes"]

Takes = Literal["vector", "map", "sequence", "pyramid"]
"""The kinds of features that a head can take."""


@dataclass(frozen=True, slots=True)
class MapShape:
    """Shape of a map, (batch, height, width, channels). A size is None where the backbone does not fix it."""

    height: int | None
    width: int | None
    channels: int


@dataclass(frozen=True, slots=True)
class SequenceShape:
    """Shape of a sequence, (batch, length, size).

    ``length`` is None where the backbone does not fix it. With ``masked`` the head has a second input, its mask,
    (batch, length): true where there is a token, false where there is padding.
    """

    length: int | None
    size: int
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a pyramid: the map that leaves the stage of this name."""

    stage: str
    shape: MapShape
