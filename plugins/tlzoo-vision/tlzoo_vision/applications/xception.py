"""Xception (Chollet 2017, arXiv 1610.02357, figure 5): entry, middle and exit flow, fourteen modules in all."""

from __future__ import annotations

from .boundaries import Before, Table

__all__ = ["STAGES"]

STAGES: Table = {
    "Xception": [
        ("block1", "block1_conv2_act"),
        *((f"block{i}", Before(f"block{i + 1}_sepconv1_act")) for i in range(2, 13)),
        ("block13", Before("block14_sepconv1")),
        ("block14", "block14_sepconv2_act"),
    ],
}
