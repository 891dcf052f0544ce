"""Heads that act: what is learned, and by which trainer."""

from .policy import Policy
from .q_values import QValues

__all__ = ["Policy", "QValues"]
