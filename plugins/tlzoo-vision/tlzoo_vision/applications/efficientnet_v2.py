"""EfficientNetV2 (Tan and Le 2021, arXiv 2104.00298, table 4): stem, stages of MBConv blocks, last convolution."""

from __future__ import annotations

from .boundaries import Boundaries, Table

__all__ = ["STAGES"]


def _stages(*repeats: int) -> Boundaries:
    return [
        ("stem", "stem_activation"),
        *((f"block{i}", _last_of(i, count)) for i, count in enumerate(repeats, start=1)),
        ("last", "top_activation"),
    ]


def _last_of(block: int, count: int) -> str:
    """Return the last layer of a stage: an addition, unless its only block has no shortcut."""
    return f"block{block}{chr(ord('a') + count - 1)}_{'add' if count > 1 else 'project_activation'}"


STAGES: Table = {
    "EfficientNetV2B0": _stages(1, 2, 2, 3, 5, 8),
    "EfficientNetV2B1": _stages(2, 3, 3, 4, 6, 9),
    "EfficientNetV2B2": _stages(2, 3, 3, 4, 6, 10),
    "EfficientNetV2B3": _stages(2, 3, 3, 5, 7, 12),
    "EfficientNetV2S": _stages(2, 4, 4, 6, 9, 15),
    "EfficientNetV2M": _stages(3, 5, 5, 7, 14, 18, 5),
    "EfficientNetV2L": _stages(4, 7, 7, 10, 19, 25, 7),
}
