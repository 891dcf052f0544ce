"""Successive halving under a budget of time (Jamieson and Talwalkar 2016, arXiv 1502.07943).

All entries start with few samples; promising ones get more. No entry is dropped while the budget suffices for all.
"""

from __future__ import annotations

from collections.abc import Sequence

from tlzoo.training.frozen.shards import SHARD

__all__ = ["rungs", "survivors"]

_FEWEST_OF_EACH = 5


def rungs(samples: int, classes: int, entries: int, *, budgeted: bool) -> list[int]:
    """Return the number of samples of each round, up to ``samples``; one round without a budget.

    Sizes double, in whole shards of the feature store, starting with about five samples per class. There are at most as
    many rounds as needed to halve the entries down to one.
    """
    sizes = [samples]
    least = max(SHARD, _FEWEST_OF_EACH * classes)
    while budgeted and 2 ** (len(sizes) - 1) < entries:
        half = -(-sizes[-1] // 2 // SHARD) * SHARD or SHARD
        if half < least or half >= sizes[-1]:
            break
        sizes.append(half)
    return sizes[::-1]


def survivors(scores: Sequence[float], seconds: Sequence[float], remaining: float) -> list[int]:
    """Return the positions of the entries in the next round, best first.

    ``seconds`` is the time of each entry for all remaining work. If all fit into the remaining time, all continue.
    Otherwise the better half continues, as far as it fits, best first.
    """
    order = sorted(range(len(scores)), key=lambda at: (scores[at] != scores[at], -scores[at], at))
    if sum(seconds) <= remaining:
        return order
    kept: list[int] = []
    for at in order[: -(-len(order) // 2)]:
        if sum(seconds[each] for each in kept) + seconds[at] > remaining:
            break
        kept.append(at)
    return kept
