"""The Pareto front: entries with the best score for their cost."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["on_pareto_front"]


def on_pareto_front(scores: Sequence[float], costs: Sequence[float | None]) -> list[bool]:
    """Return for each item whether no other has at least its score at no more cost, with one of them better.

    Items without a cost, or with NaN as score, are not on the front.
    """

    def beaten(one: int, other: int) -> bool:
        cost, others = costs[one], costs[other]
        if cost is None or others is None or math.isnan(scores[other]):
            return False
        better = scores[other] > scores[one] or others < cost
        return scores[other] >= scores[one] and others <= cost and better

    known = [cost is not None and not math.isnan(score) for score, cost in zip(scores, costs, strict=True)]
    everyone = range(len(scores))
    return [known[one] and not any(beaten(one, other) for other in everyone if other != one) for one in everyone]
