"""Numbers: one row of columns per sample."""

from tlzoo.modalities.numeric.modality import Numeric

__all__ = ["Numeric"]
