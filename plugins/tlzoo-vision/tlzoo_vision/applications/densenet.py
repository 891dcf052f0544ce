"""DenseNet (Huang et al. 2017, arXiv 1608.06993, table 1): stem, then dense blocks with transitions between them."""

from __future__ import annotations

from .boundaries import Boundaries, Table

__all__ = ["STAGES"]


def _stages(*layers: int) -> Boundaries:
    """Return stages from the number of layers of the first three dense blocks; the fourth is the last stage."""
    middle: list[tuple[str, str]] = []
    for block, count in enumerate(layers, start=1):
        middle += [
            (f"dense{block}", f"conv{block + 1}_block{count}_concat"),
            (f"transition{block}", f"pool{block + 1}_pool"),
        ]
    return [("stem", "pool1"), *middle, ("dense4", "relu")]


STAGES: Table = {
    "DenseNet121": _stages(6, 12, 24),
    "DenseNet169": _stages(6, 12, 32),
    "DenseNet201": _stages(6, 12, 48),
}
