"""Heads: the layers on top of a backbone for a task."""

from tlzoo.heads.attention import Attention
from tlzoo.heads.contract import Head
from tlzoo.heads.inputs import Level, MapShape, SequenceShape, Takes
from tlzoo.heads.linear import Linear
from tlzoo.heads.mlp import MLP
from tlzoo.heads.pyramid import Pyramid
from tlzoo.heads.suitability import check_suits, check_task

__all__ = [
    "MLP",
    "Attention",
    "Head",
    "Level",
    "Linear",
    "MapShape",
    "Pyramid",
    "SequenceShape",
    "Takes",
    "check_suits",
    "check_task",
]
