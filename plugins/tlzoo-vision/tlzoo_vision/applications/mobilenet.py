"""MobileNet (Howard et al. 2017, arXiv 1704.04861, table 1): stem, then thirteen depthwise separable convolutions."""

from __future__ import annotations

from .boundaries import Table

__all__ = ["STAGES"]

STAGES: Table = {
    "MobileNet": [("stem", "conv1_relu"), *((f"block{i}", f"conv_pw_{i}_relu") for i in range(1, 14))],
}
