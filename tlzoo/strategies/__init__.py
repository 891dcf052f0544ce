"""Strategies: methods of transfer learning, as generators of training phases."""

from tlzoo.backbones.selection import Parts, Selection, everything, head, matching, stages, stages_from, top
from tlzoo.strategies.advice import Advised, HeadRate, HeadShare, TunedRate, Unfreeze, advised
from tlzoo.strategies.auto import Auto
from tlzoo.strategies.continued import Continue
from tlzoo.strategies.contract import Phases, Strategy
from tlzoo.strategies.domain_adaptation import DomainAdaptation
from tlzoo.strategies.feature_extraction import FeatureExtraction
from tlzoo.strategies.fine_tune import FineTune
from tlzoo.strategies.from_scratch import FromScratch
from tlzoo.strategies.gradual_unfreezing import GradualUnfreezing
from tlzoo.strategies.job import Job
from tlzoo.strategies.lp_ft import LinearProbeThenFineTune
from tlzoo.strategies.multi_step import MultiStep
from tlzoo.strategies.phase import Epochs, Phase, PhaseResult, Share, Steps
from tlzoo.strategies.probes import Answer, Closeness, Duration, GradientNorms, Probe, RateRange
from tlzoo.strategies.progressive_resizing import ProgressiveResizing
from tlzoo.strategies.rates import layerwise
from tlzoo.strategies.surgical import Surgical

__all__ = [
    "Advised",
    "Answer",
    "Auto",
    "Closeness",
    "Continue",
    "DomainAdaptation",
    "Duration",
    "Epochs",
    "FeatureExtraction",
    "FineTune",
    "FromScratch",
    "GradientNorms",
    "GradualUnfreezing",
    "HeadRate",
    "HeadShare",
    "Job",
    "LinearProbeThenFineTune",
    "MultiStep",
    "Parts",
    "Phase",
    "PhaseResult",
    "Phases",
    "Probe",
    "ProgressiveResizing",
    "RateRange",
    "Selection",
    "Share",
    "Steps",
    "Strategy",
    "Surgical",
    "TunedRate",
    "Unfreeze",
    "advised",
    "everything",
    "head",
    "layerwise",
    "matching",
    "stages",
    "stages_from",
    "top",
]
