"""Learning rates by depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.backbones.selection import head, stages

if TYPE_CHECKING:
    from tlzoo.backbones.selection import Parts, Selection
    from tlzoo.strategies.phase import Rate

__all__ = ["layerwise"]


def layerwise(parts: Parts, rate: float, decay: float) -> tuple[tuple[Selection, Rate], ...]:
    """Return ``rate`` for the head, and for each stage below it ``decay`` times the rate of the one above.

    This is layer-wise decay (Clark et al. 2020, arXiv 2003.10555, appendix A; Howard and Ruder 2018 use 1/2.6).
    """
    pairs: list[tuple[Selection, Rate]] = [(head(), rate)]
    for depth, name in enumerate(reversed([name for name, paths in parts.stages.items() if paths]), start=1):
        pairs.append((stages(name), rate * decay**depth))
    return tuple(pairs)
