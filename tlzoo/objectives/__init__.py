"""Objectives: what a phase descends in place of its task's plain loss, and what it takes from an unlabelled target."""

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
