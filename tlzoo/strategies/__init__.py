"""Strategies: how knowledge is transferred, as generators of phases."""

from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.feature_extraction import FeatureExtraction
from tlzoo.strategies.fine_tune import FineTune
from tlzoo.strategies.from_scratch import FromScratch
from tlzoo.strategies.job import Job, Parts
from tlzoo.strategies.multi_step import MultiStep
from tlzoo.strategies.phase import Epochs, Phase, PhaseResult, Share, Steps
from tlzoo.strategies.selection import Selection, everything, head, matching, stages, stages_from, top

__all__ = [
    "Epochs",
    "FeatureExtraction",
    "FineTune",
    "FromScratch",
    "Job",
    "MultiStep",
    "Parts",
    "Phase",
    "PhaseResult",
    "Phases",
    "Selection",
    "Share",
    "Steps",
    "Strategy",
    "everything",
    "head",
    "matching",
    "stages",
    "stages_from",
    "top",
]
