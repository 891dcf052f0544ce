"""MobileNetV3 (Howard et al. 2019, arXiv 1905.02244, tables 1 and 2): stem, inverted residuals, last convolution."""

from __future__ import annotations

from collections.abc import Collection

from .boundaries import Before, Boundaries, Table

__all__ = ["STAGES"]


def _stages(first_layer: str, count: int, residual: Collection[int]) -> Boundaries:
    """Return stages from the first layer after the stem, the number of blocks, and the blocks with a shortcut."""
    return [
        ("stem", Before(first_layer)),
        *((f"block{i}", f"{_prefix(i)}_{'add' if i in residual else 'project_bn'}") for i in range(count)),
        ("last", "conv_1_bn"),
    ]


def _prefix(block: int) -> str:
    return f"expanded_conv_{block}" if block else "expanded_conv"


STAGES: Table = {
    "MobileNetV3Small": _stages("expanded_conv_depthwise_pad", 11, {2, 4, 5, 7, 9, 10}),
    "MobileNetV3Large": _stages("expanded_conv_depthwise", 15, {0, 2, 4, 5, 7, 8, 9, 11, 13, 14}),
}
