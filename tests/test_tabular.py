from __future__ import annotations

import sys
from typing import Any

import pytest

from tlzoo.errors import UsageError
from tlzoo.tabular import Table, Tabular, number_text


class Made(Tabular):
    def __init__(self, *rows: tuple[str, float]) -> None:
        self.rows = rows

    def to_records(self) -> list[dict[str, Any]]:
        return [{"name": name, "value": value} for name, value in self.rows]

    def table(self) -> Table:
        rows = [(name, number_text(value)) for name, value in self.rows]
        return Table(("name", "value"), rows, frozenset({"value"}), "made")


def test_a_table_is_text_at_a_prompt_with_numbers_to_the_right() -> None:
    assert repr(Made(("a", 1.0), ("long name", 12.5))).splitlines() == [
        "made",
        "name       value",
        "a              1",
        "long name   12.5",
    ]


def test_control_characters_and_markup_are_escaped() -> None:
    made = Made(("<b>\x1b[31m", 1.0))
    assert "\x1b" not in repr(made)
    assert "<b>" not in made._repr_html_()
    assert "&lt;b&gt;" in made._repr_html_()


def test_a_long_table_reports_the_omitted_rows() -> None:
    made = Made(*[(str(number), 0.0) for number in range(75)])
    assert "… and 15 more rows" in repr(made)
    assert made._repr_html_().count("<tr>") == 61


def test_a_frame_has_the_records() -> None:
    pandas = pytest.importorskip("pandas")
    frame = Made(("a", 1.0), ("b", 2.0)).to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame.to_dict("list") == {"name": ["a", "b"], "value": [1.0, 2.0]}


def test_the_error_without_pandas_names_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match=r"pandas is not installed; run `pip install pandas`, or use to_records"):
        Made().to_pandas()


def test_unknown_values_are_dashes() -> None:
    assert [number_text(each) for each in (None, float("nan"), 0.123456, 3, "word")] == [
        "-",
        "-",
        "0.1235",
        "3",
        "word",
    ]
