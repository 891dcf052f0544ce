"""Rounds, who goes on, and the front."""

from __future__ import annotations

import math

from tlzoo.zoo.ranking.halving import rungs, survivors
from tlzoo.zoo.ranking.pareto_front import on_pareto_front


def test_without_a_budget_there_is_one_round() -> None:
    assert rungs(1000, 10, 8, budgeted=False) == [1000]


def test_rounds_double_in_whole_shards_from_five_of_each_class() -> None:
    assert rungs(1000, 10, 50, budgeted=True) == [64, 128, 256, 512, 1000]
    assert rungs(1000, 40, 50, budgeted=True) == [256, 512, 1000]
    assert rungs(1000, 10, 3, budgeted=True) == [256, 512, 1000]
    assert rungs(50, 2, 9, budgeted=True) == [50]


def test_all_continue_while_time_lets_them() -> None:
    assert survivors([0.1, 0.9, math.nan, 0.5], [1, 1, 1, 1], remaining=5) == [1, 3, 0, 2]


def test_the_better_half_continues_within_the_budget() -> None:
    scores = [0.1, 0.9, 0.5, 0.7, 0.3]
    assert survivors(scores, [10] * 5, remaining=40) == [1, 3, 2]
    assert survivors(scores, [10] * 5, remaining=25) == [1, 3]
    assert survivors(scores, [10] * 5, remaining=0) == []


def test_the_front_has_the_best_entries_at_each_cost() -> None:
    assert on_pareto_front([0.9, 0.8, 0.8, 0.7], [10, 5, 5, 6]) == [True, True, True, False]
    assert on_pareto_front([0.9, math.nan, 0.5], [None, 1, 2]) == [False, False, True]
