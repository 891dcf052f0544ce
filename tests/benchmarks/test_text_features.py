"""Draws and table of ``text_features``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # as for a script of this folder

from text_features import SEEDS, LabelledTexts, draw, table_rows

POOLED = LabelledTexts({"one": [f"a{each}" for each in range(30)], "two": [f"b{each}" for each in range(20)]}, 5)


def test_fewer_labels_are_a_part_of_more_and_test_texts_are_not_labels() -> None:
    few, tests = draw(POOLED, 3, seed=1)
    more, same_tests = draw(POOLED, 10, seed=1)
    assert set(few) < set(more)
    assert list(tests) == list(same_tests)
    assert not set(more) & set(tests)
    assert sorted(label >= 30 for label in more) == [False] * 10 + [True] * 10


def test_rows_have_paired_intervals() -> None:
    known = {}
    for seed in range(SEEDS):
        known["reviews", "old", 10, seed] = 0.5 + seed / 10
        known["reviews", "new", 10, seed] = 0.5 + seed / 10 + (0.02 if seed % 2 else 0.04)
    lines = list(table_rows(known, "old"))
    assert lines[2:] == ["| reviews | new | 0.732 (+0.032 ± 0.014) | - | - |", "| reviews | old | 0.700 | - | - |"]
