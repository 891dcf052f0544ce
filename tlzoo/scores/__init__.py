"""Scores: estimates of how well an entry will transfer to given data, without fine-tuning it. None is built in yet."""

from tlzoo.scores.contract import Score

__all__ = ["Score"]
