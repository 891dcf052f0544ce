"""Statistics of a comparison of strategies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from tlzoo.cli.commands.strategies import _print as print_bench
from tlzoo.zoo.strategy_bench import Measurement, StrategyBench
from tlzoo.zoo.strategy_bench.result import paired_interval

CASES, SEEDS = ("easy", "hard"), 4


def bench(scores: dict[str, np.ndarray]) -> StrategyBench:
    """Return a comparison with these scores (cases, seeds); NaN is a failure."""
    measurements = [
        Measurement(
            case, name, seed, None if np.isnan(value) else float(value), 1.0, "broken" if np.isnan(value) else None
        )
        for name, table in scores.items()
        for case, row in zip(CASES, table, strict=False)
        for seed, value in enumerate(row)
    ]
    cases = CASES[: len(next(iter(scores.values())))]
    return StrategyBench("made", "accuracy", SEEDS, cases, tuple(scores), tuple(measurements))


def test_the_interval_is_that_of_the_definition() -> None:
    first, second = np.random.default_rng(0).normal(size=(2, 7))
    differences = first - second
    half = t.ppf(0.995, 6) * differences.std(ddof=1) / np.sqrt(7)
    assert paired_interval(first, second, 0.99) == pytest.approx((differences.mean() - half, differences.mean() + half))


def test_equal_differences_and_single_pairs_have_no_spread() -> None:
    ones = np.ones(3)
    assert paired_interval(ones, ones) == (0, 0)
    assert paired_interval(ones, ones - 0.5) is None
    assert paired_interval(np.array([0.5, 0.6]), np.array([0.5, 0.6]) + 1 / 360) is None
    assert paired_interval(ones[:1], ones[:1]) is None


def test_regret_is_the_gap_to_the_best_of_each_case() -> None:
    draws = np.array([-0.01, 0.01, 0, 0])
    found = bench({"a": np.array([0.9 + draws, [0.5] * 4]), "b": np.array([[0.8] * 4, 0.7 + draws])})
    assert [row.regret for row in found.rows] == pytest.approx([0, 0.1, 0.2, 0])
    assert list(found.regret) == ["b", "a"]
    assert list(found.regret.values()) == pytest.approx([0.05, 0.1])
    assert [row.within_noise for row in found.rows] == [True, False, False, True]


@pytest.mark.slow
def test_strategies_of_the_same_quality_are_rarely_called_different() -> None:
    """Of 400 comparisons of three strategies that differ by chance alone, about 5 % find any difference."""
    random, wrong = np.random.default_rng(0), 0
    for _ in range(400):
        hard = random.normal(size=(2, SEEDS))  # the draw of the labels, the same for every strategy
        found = bench({name: 0.7 + 0.1 * hard + 0.01 * random.normal(size=(2, SEEDS)) for name in "abc"})
        wrong += not all(each.within_noise for each in found.differences)
    assert 0.01 < wrong / 400 < 0.08


def test_a_real_difference_is_found_although_the_draws_vary_more() -> None:
    random = np.random.default_rng(0)
    hard = 0.1 * random.normal(size=(2, SEEDS))
    found = bench({"a": 0.7 + hard, "b": 0.68 + hard + 0.002 * random.normal(size=(2, SEEDS))})
    assert found.within_noise == {"a": (), "b": ()}


def test_a_strategy_that_fails_has_no_regret_and_is_compared_where_it_ran() -> None:
    nan = np.nan
    found = bench({"a": np.array([[0.9, 0.8, 0.9, 0.8], [0.5] * 4]), "b": np.array([[0.9, 0.8, 0.9, 0.8], [nan] * 4])})
    assert found.regret == {"a": 0.0, "b": None}
    assert [(row.error, row.within_noise) for row in found.rows] == [
        (None, True),
        (None, True),
        (None, True),
        ("broken", None),
    ]
    assert found.within_noise == {"a": ("b",), "b": ("a",)}
    assert "failed" in repr(found)
    assert [row[-1] for row in found.table().rows] == ["2", "-"]
    assert found.table().caption.endswith("; seconds: sum of the data sets' medians")
    cached = replace(found, measurements=tuple(replace(each, feature_seconds=0.5) for each in found.measurements))
    assert cached.feature_seconds == 8.0
    assert cached.table().caption.endswith("medians, without the 8 s for cached features, computed once")
    assert [row[-1] for row in cached.table().rows] == ["2", "-"]
    assert found.to_markdown().splitlines()[2].startswith("| a | **85.0 ± 5.8** | **50.0 ± 0.0** | 0.0 |")


def test_noise_is_unknown_with_one_seed_or_without_scores() -> None:
    measured = [Measurement("easy", name, 0, 0.5, 1.0) for name in "ab"]
    one = StrategyBench("made", "accuracy", 1, ("easy",), ("a", "b"), tuple(measured))
    assert [row.within_noise for row in one.rows] == [None, None]
    assert one.within_noise == one.to_json()["within_noise"] == {"a": None, "b": None}
    assert "*" not in str(one.table())
    nan = np.nan
    assert paired_interval(np.array([0.5, nan, 0.5]), np.array([0.4, 0.3, 0.5])) is None
    part = bench({"a": np.array([[0.5, 0.6, 0.7, 0.8]]), "b": np.array([[nan] * 4])})
    assert part.within_noise == {"a": None, "b": None}
    odd = [Measurement("easy", "a", seed, value, 1.0) for seed, value in enumerate((0.5, nan))]
    found = StrategyBench("made", "accuracy", 2, ("easy",), ("a",), tuple(odd))
    assert [(row.scores, row.regret, row.within_noise) for row in found.rows] == [((0.5,), None, None)]


def test_a_failed_strategy_is_not_compared_in_print(capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(0).normal(size=(2, 1, SEEDS))
    print_bench(bench({"a": random[0], "b": random[1], "c": np.array([[np.nan] * 4])}), quiet=True)
    shown = capsys.readouterr().out
    assert "a: within noise of b" in shown
    assert "c: " not in shown


def test_scores_that_are_not_shares_are_not_percentages() -> None:
    measured = [Measurement("pole", "a", seed, value, 1.0) for seed, value in enumerate((190.0, 210.0))]
    table = StrategyBench("made", "mean return", 2, ("pole",), ("a",), tuple(measured), "number").table()
    assert table.rows[0][:3] == ("a", "200 ± 14.14*", "0")
    assert table.caption.startswith("mean return, mean ±")
