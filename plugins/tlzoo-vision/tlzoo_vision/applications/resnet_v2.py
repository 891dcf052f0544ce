"""ResNetV2 (He et al. 2016, arXiv 1603.05027): the stages of ResNet, with activations before convolutions."""

from __future__ import annotations

from .boundaries import Boundaries, Table

__all__ = ["STAGES"]


def _stages(*blocks: int) -> Boundaries:
    """Return stages from the number of blocks of all except the last stage, which ends after its activation."""
    return [
        ("conv1", "pool1_pool"),
        *((f"conv{i}", f"conv{i}_block{count}_out") for i, count in enumerate(blocks, start=2)),
        ("conv5", "post_relu"),
    ]


STAGES: Table = {
    "ResNet50V2": _stages(3, 4, 6),
    "ResNet101V2": _stages(3, 4, 23),
    "ResNet152V2": _stages(3, 8, 36),
}
