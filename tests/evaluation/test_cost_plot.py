"""Labels of exported files do not cover each other."""

from __future__ import annotations

import re

import pytest

from tlzoo.evaluation.cost_plot import cost_plot

_HALF_LETTER, _LINE = 2.0, 9.0


def labels(svg: str) -> list[tuple[float, float, str]]:
    """Return place and text of each label of a file."""
    found = re.findall(r'transform="translate\(([-\d.]+) ([-\d.]+)\)"[^>]*>(file[^<]*)<', svg)
    return [(float(x), float(y), text) for x, y, text in found] or [
        (float(x), float(y), text) for x, y, text in re.findall(r'x="([-\d.]+)" y="([-\d.]+)"[^>]*>(file[^<]*)<', svg)
    ]


@pytest.mark.parametrize("what", ["accuracy", "largest difference"])
def test_labels_of_equal_points_are_stacked(what: str) -> None:
    points = [(f"file:{number}", 0.98, 0.3 + number / 1000, 4_000_000) for number in range(6)]
    found = labels(cost_plot([*points, ("file:far", 0.97, 30.0, 90_000_000)], what))
    assert len(found) == 2 * 7
    for at, (x, y, text) in enumerate(found):
        for other_x, other_y, other in found[at + 1 :]:
            wide = _HALF_LETTER * (len(text) + len(other))
            assert abs(x - other_x) > wide or abs(y - other_y) >= _LINE, (text, other)


def test_a_share_has_no_tick_above_100_percent() -> None:
    svg = cost_plot([("a", 1.0, 1.0, 10), ("b", 1.0, 2.0, 20)], "accuracy")
    assert "100 %" in svg
    assert not re.search(r"10[0-9.]*[1-9] %", svg)


def test_one_file_needs_no_plot() -> None:
    assert cost_plot([("a", 1.0, 1.0, 10)], "accuracy") == ""
