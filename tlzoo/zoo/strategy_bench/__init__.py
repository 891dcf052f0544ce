"""Comparison of strategies on a suite of data sets."""

from __future__ import annotations

from .bench import AGAINST, bench_strategies
from .result import Difference, Measurement, StrategyBench, StrategyRow
from .suite import PACKAGED, Case, Suite, read_suite

__all__ = [
    "AGAINST",
    "PACKAGED",
    "Case",
    "Difference",
    "Measurement",
    "StrategyBench",
    "StrategyRow",
    "Suite",
    "bench_strategies",
    "read_suite",
]
