"""What transfer gained in an environment, measured as the field measures it."""

from .comparing import compare
from .intervals import Estimate, interquartile_mean
from .measures import Curve, TransferReport, measure

__all__ = ["Curve", "Estimate", "TransferReport", "compare", "interquartile_mean", "measure"]
