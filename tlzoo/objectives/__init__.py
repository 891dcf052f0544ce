"""Objectives: losses of a phase instead of the task's loss, also with unlabelled target samples."""

from tlzoo.objectives.adabn import AdaBN
from tlzoo.objectives.alignment import Alignment
from tlzoo.objectives.contract import Objective, Reached, Step
from tlzoo.objectives.coral import Coral
from tlzoo.objectives.dann import Dann
from tlzoo.objectives.mcc import Mcc
from tlzoo.objectives.mmd import Mmd
from tlzoo.objectives.reading import find_objective, read_objective

__all__ = [
    "AdaBN",
    "Alignment",
    "Coral",
    "Dann",
    "Mcc",
    "Mmd",
    "Objective",
    "Reached",
    "Step",
    "find_objective",
    "read_objective",
]
