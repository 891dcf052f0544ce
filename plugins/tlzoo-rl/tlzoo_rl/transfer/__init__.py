"""What transfer gained in an environment, measured as the field measures it."""

from .comparison import compare
from .intervals import Estimate, estimate, interquartile_mean
from .measures import Curve, TransferReport, measure

__all__ = ["Curve", "Estimate", "TransferReport", "compare", "estimate", "interquartile_mean", "measure"]
