"""Scores: estimates of how well an entry will transfer to given data, without fine-tuning it. One per module."""

from tlzoo.scores.contract import Outcomes, Score, mean_of, of_predictions, outcomes_of, score_inputs
from tlzoo.scores.h_score import h_score
from tlzoo.scores.knn import knn
from tlzoo.scores.leep import leep
from tlzoo.scores.linear_probe import linear_probe
from tlzoo.scores.logme import logme
from tlzoo.scores.nce import nce

__all__ = [
    "Outcomes",
    "Score",
    "h_score",
    "knn",
    "leep",
    "linear_probe",
    "logme",
    "mean_of",
    "nce",
    "of_predictions",
    "outcomes_of",
    "score_inputs",
]
