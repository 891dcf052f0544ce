"""MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381, table 2): stem, 17 inverted residuals, last convolution."""

from __future__ import annotations

from .boundaries import Table

__all__ = ["STAGES"]

_RESIDUAL = {2, 4, 5, 7, 8, 9, 11, 12, 14, 15}

STAGES: Table = {
    "MobileNetV2": [
        ("stem", "Conv1_relu"),
        ("block0", "expanded_conv_project_BN"),
        *((f"block{i}", f"block_{i}_{'add' if i in _RESIDUAL else 'project_BN'}") for i in range(1, 17)),
        ("last", "out_relu"),
    ],
}
