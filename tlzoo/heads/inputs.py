"""Input shapes of heads on maps, sequences and pyramids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Level", "MapShape", "SequenceShape", "Takes"]

Takes = Literal["vector", "map", "sequence", "pyramid"]
"""The kinds of input features of heads."""


@dataclass(frozen=True, slots=True)
class MapShape:
    """Shape of a map, (batch, height, width, channels). A size is None if the backbone does not fix it."""

    height: int | None
    width: int | None
    channels: int


@dataclass(frozen=True, slots=True)
class SequenceShape:
    """Shape of a sequence, (batch, length, size).

    ``length`` is None if the backbone does not fix it. With ``masked``, the head has a second input, the mask,
    (batch, length): true for a token, false for padding.
    """

    length: int | None
    size: int
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a pyramid: the map of the named stage."""

    stage: str
    shape: MapShape
