"""Ranking of the zoo for a data set: features of a sample, scores with confidence intervals, and costs."""

from tlzoo.zoo.ranking.ranking import rank
from tlzoo.zoo.ranking.result import Baseline, Curve, Ranked, Ranking, Unranked

__all__ = ["Baseline", "Curve", "Ranked", "Ranking", "Unranked", "rank"]
