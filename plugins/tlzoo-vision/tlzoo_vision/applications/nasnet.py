"""NASNet-A (Zoph et al. 2018, arXiv 1707.07012, figure 2): stem, two reduction cells, then normal cells in threes."""

from __future__ import annotations

from .boundaries import Boundaries, Table

__all__ = ["STAGES"]


def _stages(count: int) -> Boundaries:
    """Return stages for a number of normal cells between reductions; Keras numbers all cells except the first two."""
    return [
        ("stem", "stem_bn1"),
        ("reduction1", "reduction_concat_stem_1"),
        ("reduction2", "reduction_concat_stem_2"),
        *_normal(1, 0, count),
        ("reduction3", f"reduction_concat_reduce_{count}"),
        *_normal(count + 1, count + 1, count),
        ("reduction4", f"reduction_concat_reduce_{2 * count}"),
        *_normal(2 * count + 1, 2 * count + 1, count),
    ]


def _normal(first: int, cell: int, count: int) -> Boundaries:
    return [(f"normal{first + i}", f"normal_concat_{cell + i}") for i in range(count)]


STAGES: Table = {
    "NASNetMobile": _stages(4),
    "NASNetLarge": _stages(6),
}
