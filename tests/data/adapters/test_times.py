"""``split=time:COLUMN``: the latest rows are tested, those before them are for validation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tlzoo
from tlzoo.data import MissingError, Samples, split, table
from tlzoo.data.adapters.tables.columns import read_input_columns
from tlzoo.data.adapters.tables.times import Times, split_by_time
from tlzoo.errors import DataError, UsageError

DATES = [date(2024, 1, 30) + timedelta(days=day) for day in range(20)]


def opened(tmp_path: Path, times: Sequence[Any], **options: str) -> Samples:
    rows = [f"text {at},{'ab'[at % 2]},{time}\n" for at, time in enumerate(times)]
    (tmp_path / "t.csv").write_text("text,label,taken\n" + "".join(rows), encoding="utf-8")
    return table(str(tmp_path / "t.csv"), {"text": "text", "label": "label", "split": "time:taken", **options})


def test_the_latest_rows_are_tested_and_those_before_them_are_for_validation(tmp_path: Path) -> None:
    order = np.random.default_rng(0).permutation(20)
    samples = opened(tmp_path, [DATES[at] for at in order])
    found = {name: sorted(order[rows].tolist()) for name, rows in samples.given.items()}
    assert found == {"train": list(range(14)), "validation": [14, 15, 16], "test": [17, 18, 19]}
    assert samples.notes == ("column 'taken': split by time, validation from 2024-02-13, test from 2024-02-16",)
    data = split(samples, seed=5)
    assert (data.test == samples.given["test"]).all()
    assert len(data.validation) == 3


@pytest.mark.parametrize(
    "times",
    [
        [1700000000 + at for at in range(20)],
        [f"{at / 4}" for at in range(20)],
        [f"{each}T09:30+02:00" for each in DATES],
        [f"2024-{1 + at // 2:02d}" for at in range(20)],
    ],
)
def test_numbers_dates_and_months_are_times(tmp_path: Path, times: list[Any]) -> None:
    given = opened(tmp_path, times).given
    assert given["train"].max() < given["validation"].min() <= given["validation"].max() < given["test"].min()


def test_a_frame_has_times_as_well() -> None:
    frame = pd.DataFrame({"text": list("abcdefghij"), "label": [0, 1] * 5, "taken": pd.to_datetime(DATES[:10])})
    samples = tlzoo.data.in_memory(frame, text="text", label="label", split="time:taken").samples()
    assert samples.given["test"].tolist() == [8, 9]


def test_inputs_need_no_times() -> None:
    options = {"numbers": "size", "label": "label", "split": "time:taken"}
    assert read_input_columns(options, ["size"], "inputs.csv").used == ("size",)


def test_rows_of_one_time_stay_together() -> None:
    times = Times()
    for value in [1] * 14 + [2] * 4 + [3] * 2:
        times.append(value)
    splits, _ = split_by_time(times, "t")
    assert [splits.names[code] for code in splits.codes] == ["train"] * 14 + ["validation"] * 4 + ["test"] * 2


def test_missing_numbers_are_imputed_from_earlier_rows(tmp_path: Path) -> None:
    rows = [f"{'' if at == 3 else at},{'ab'[at % 2]},{at}\n" for at in range(20)]
    (tmp_path / "t.csv").write_text("size,label,taken\n" + "".join(rows), encoding="utf-8")
    options = {"numbers": "size", "label": "label", "split": "time:taken", "missing": "size=impute"}
    samples = table(str(tmp_path / "t.csv"), options)
    (filled,) = samples.examples.stream(np.array([3])).as_numpy_iterator()
    assert filled[0] == pytest.approx(np.mean([at for at in range(14) if at != 3]))


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (["2024-01-01", "31.12.2024"], "line 3, column 'taken': '31.12.2024' is not a time; write dates as 2024-05-31"),
        (["2024-01-01", "17"], "'17' is a number, but times above are a time without a zone"),
        (["2024-01-01T00:00+01:00", "2024-01-01"], "is a time without a zone, but times above are a time with a zone"),
        (["nan", "1"], "'nan' is not a time"),
        (["1", "1"], "column 'taken': all rows have the same time"),
    ],
)
def test_unreadable_times_are_reported_in_one_line(tmp_path: Path, times: list[str], said: str) -> None:
    with pytest.raises(DataError) as refused:
        opened(tmp_path, times)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_empty_time_needs_a_policy(tmp_path: Path) -> None:
    times = ["", *range(1, 20)]
    with pytest.raises(MissingError, match="taken"):
        opened(tmp_path, times)
    assert len(opened(tmp_path, times, missing="taken=drop").labels) == 19
    with pytest.raises(UsageError, match="decides which rows are test samples; use drop"):
        opened(tmp_path, times, missing="taken=impute")


def test_a_missing_column_is_reported_with_the_columns(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no column 'takn'; did you mean 'taken'"):
        opened(tmp_path, [1, 2], split="time:takn")
