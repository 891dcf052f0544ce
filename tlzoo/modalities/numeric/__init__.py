"""Numbers: one vector of columns a sample."""

from tlzoo.modalities.numeric.modality import Numeric

__all__ = ["Numeric"]
