"""Measures of transfer in an environment."""

from .comparison import compare
from .intervals import Estimate, estimate, interquartile_mean
from .measures import Curve, TransferReport, measure

__all__ = ["Curve", "Estimate", "TransferReport", "compare", "estimate", "interquartile_mean", "measure"]
