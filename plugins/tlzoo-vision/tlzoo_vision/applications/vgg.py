"""VGG (Simonyan and Zisserman 2015, arXiv 1409.1556, table 1): five blocks of convolutions, each with a pooling."""

from __future__ import annotations

from .boundaries import Boundaries, Table

__all__ = ["STAGES"]


def _stages() -> Boundaries:
    return [(f"block{i}", f"block{i}_pool") for i in range(1, 6)]


STAGES: Table = {
    "VGG16": _stages(),
    "VGG19": _stages(),
}
