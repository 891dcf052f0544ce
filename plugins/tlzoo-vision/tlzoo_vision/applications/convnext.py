"""ConvNeXt (Liu et al. 2022, arXiv 2201.03545, section 2.2): stem, then four stages with downsampling between."""

from __future__ import annotations

from .boundaries import Before, Boundaries, Table

__all__ = ["STAGES"]


def _stages(name: str) -> Boundaries:
    return [
        ("stem", f"{name}_stem"),
        *((f"stage{i + 1}", Before(f"{name}_downsampling_block_{i}")) for i in range(3)),
        ("stage4", f"{name}_stage_3_block_2_identity"),
    ]


STAGES: Table = {
    "ConvNeXtTiny": _stages("convnext_tiny"),
    "ConvNeXtSmall": _stages("convnext_small"),
    "ConvNeXtBase": _stages("convnext_base"),
    "ConvNeXtLarge": _stages("convnext_large"),
    "ConvNeXtXLarge": _stages("convnext_xlarge"),
}
