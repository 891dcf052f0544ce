"""Inputs in the columns of a frame: those that a run learned from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tlzoo.errors import UsageError
from tlzoo.runs.results.frames import inputs_from_frame, is_frame

pandas = pytest.importorskip("pandas")
FRAME = pandas.DataFrame({"title": ["a", "b"], "review": ["fine", ""], "price": [7.5, 3], "age": [42, 1]})


def run_on(options: str) -> Any:
    return SimpleNamespace(result={"data": f"table:reviews.csv?{options}"})


@pytest.mark.parametrize(
    ("options", "inputs"),
    [
        ("text=review&label=stars", ["fine", ""]),
        ("text=title+review&label=stars", [("a", "fine"), ("b", "")]),
        ("text=title,review&label=stars", [("a", "fine"), ("b", "")]),
        ("text=review&numbers=price,age&label=stars", ["fine price 7.5, age 42", "price 3, age 1"]),
        ("numbers=age+price&label=stars", [(42, 7.5), (1, 3)]),
        ("numbers=age&label=stars", [(42,), (1,)]),
    ],
)
def test_the_columns_are_those_of_the_run(options: str, inputs: list[Any]) -> None:
    assert inputs_from_frame(run_on(options), FRAME) == inputs


def test_a_column_that_is_missing_is_named_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="frame has no column 'reviews'; did you mean 'review'"):
        inputs_from_frame(run_on("text=reviews&label=stars"), FRAME)


def test_a_data_set_of_hugging_face_is_read_as_a_frame() -> None:
    datasets = pytest.importorskip("datasets")
    given = datasets.Dataset.from_dict({"title": ["a", "b"], "review": ["fine", "bad"]})
    assert is_frame(given)
    assert inputs_from_frame(run_on("text=review&label=stars"), given) == ["fine", "bad"]
