"""Baselines that score above an entry are reported."""

from __future__ import annotations

from tlzoo.zoo.ranking.baselines import better_baselines
from tlzoo.zoo.ranking.result import Baseline, Ranked


def ranked(name: str, score: float) -> Ranked:
    return Ranked(name, {"knn": score}, {}, 10, {})


def test_entries_below_a_baseline_are_named_with_their_scores() -> None:
    entries = [ranked("a", 0.95), ranked("b", 0.915), ranked("c", 0.9)]
    baselines = [Baseline("a, random weights", {"knn": 0.921}), Baseline("commonest class", {"knn": 0.5})]
    assert list(better_baselines(entries, baselines, "knn")) == [
        "the baseline 'a, random weights' (knn 0.921) scores higher than b (0.915), c (0.900)"
    ]


def test_unknown_scores_are_ignored() -> None:
    entries = [ranked("a", float("nan")), ranked("b", 0.4)]
    assert not list(better_baselines(entries, [Baseline("pixels", {})], "knn"))
    assert not list(better_baselines(entries, [Baseline("pixels", {"logme": 2.0})], "logme"))


def test_many_are_counted() -> None:
    entries = [ranked(f"e{at}", 0.1) for at in range(9)]
    (note,) = better_baselines(entries, [Baseline("words", {"knn": 0.5})], "knn")
    assert note.endswith("e2 (0.100) and 6 more")
