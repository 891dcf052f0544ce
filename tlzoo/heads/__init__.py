"""Heads: the layers put on a backbone for a task."""

from tlzoo.heads.contract import Head
from tlzoo.heads.linear import Linear
from tlzoo.heads.mlp import MLP

__all__ = ["MLP", "Head", "Linear"]
