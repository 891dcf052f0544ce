"""Inception-ResNet-v2 (Szegedy et al. 2017, arXiv 1602.07261, figure 15): stem, three kinds of block, reductions."""

from __future__ import annotations

from .boundaries import Before, Table

__all__ = ["STAGES"]

STAGES: Table = {
    "InceptionResNetV2": [
        ("stem", Before("mixed_5b")),
        ("inception-a", "mixed_5b"),
        ("inception-resnet-a", "block35_10_ac"),
        ("reduction-a", "mixed_6a"),
        ("inception-resnet-b", "block17_20_ac"),
        ("reduction-b", "mixed_7a"),
        ("inception-resnet-c", Before("conv_7b")),
        ("last", "conv_7b_ac"),
    ],
}
