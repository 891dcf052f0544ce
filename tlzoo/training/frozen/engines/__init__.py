"""Frozen engines: they compute the frozen part of a network."""

from tlzoo.training.frozen.engines.agreement import Tolerance
from tlzoo.training.frozen.engines.choice import ENGINES, compiled, compiled_or_tensorflow, engine_for, requested_engine
from tlzoo.training.frozen.engines.contract import Engine, EngineUnfitError, Run

__all__ = [
    "ENGINES",
    "Engine",
    "EngineUnfitError",
    "Run",
    "Tolerance",
    "compiled",
    "compiled_or_tensorflow",
    "engine_for",
    "requested_engine",
]
