"""Tuning: many short runs of one recipe with different options, compared on the validation split."""

from tlzoo.runs.tuning.result import Tuning
from tlzoo.runs.tuning.space import Axis, Choice, Range, default_space, parse_axis
from tlzoo.runs.tuning.tuning import is_tuning, resume_tuning, tune_recipe

__all__ = [
    "Axis",
    "Choice",
    "Range",
    "Tuning",
    "default_space",
    "is_tuning",
    "parse_axis",
    "resume_tuning",
    "tune_recipe",
]
