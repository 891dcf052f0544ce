"""The zoo ranked for one's data: features of a sample, scores with intervals, costs, and what they say together."""

from tlzoo.zoo.ranking.ranking import rank
from tlzoo.zoo.ranking.result import Baseline, Curve, Ranked, Ranking, Unranked

__all__ = ["Baseline", "Curve", "Ranked", "Ranking", "Unranked", "rank"]
