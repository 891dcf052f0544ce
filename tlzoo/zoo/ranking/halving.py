"""Successive halving under a budget of time (Jamieson and Talwalkar 2016, arXiv 1502.07943).

Few samples for all entries, more for those that may win; nobody is dropped while the budget lets everybody go on.
"""

from __future__ import annotations

from collections.abc import Sequence

from tlzoo.training.frozen.shards import SHARD

__all__ = ["rungs", "survivors"]

_FEWEST_OF_EACH = 5


def rungs(samples: int, classes: int, entries: int, *, budgeted: bool) -> list[int]:
    """Return how many samples each round takes, growing to ``samples``: one round without a budget.

    Rounds double, in whole shards of the feature store, from enough samples for five of each class; there are no more
    than it takes to halve the entries down to one.
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
    """Return the positions of the entries that go on, the best first.

    ``seconds`` is what each would take for all that is left to do. If all fit into what remains, all go on; else the
    better half does, and of that as many as fit, the best first.
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
