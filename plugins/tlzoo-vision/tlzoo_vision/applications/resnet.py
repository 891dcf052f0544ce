"""ResNet (He et al. 2016, arXiv 1512.03385, table 1): conv1 with its pooling, then four stages of residual blocks."""

from __future__ import annotations

from .boundaries import Boundaries, Table

__all__ = ["STAGES"]


def _stages(*blocks: int) -> Boundaries:
    return [
        ("conv1", "pool1_pool"),
        *((f"conv{i}", f"conv{i}_block{count}_out") for i, count in enumerate(blocks, start=2)),
    ]


STAGES: Table = {
    "ResNet50": _stages(3, 4, 6, 3),
    "ResNet101": _stages(3, 4, 23, 3),
    "ResNet152": _stages(3, 8, 36, 3),
}
