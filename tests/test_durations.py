import math
from typing import Any

import pytest

from tlzoo.durations import format_duration, parse_duration
from tlzoo.errors import UsageError


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("2 min", 120),
        (" 1.5h ", 5400),
        (".5h", 1800),
        ("30d", 30 * 86_400),
        ("8w", 56 * 86_400),
        (90, 90),
        (0.5, 0.5),
    ],
)
def test_a_duration_is_a_text_with_a_unit_or_a_number_of_seconds(duration: str | float, seconds: float) -> None:
    assert parse_duration(duration, "--budget") == seconds


@pytest.mark.parametrize("duration", ["", "ten", "-3m", "5M", "1h30m", "٣m", "1e3s", "0s", 0, -1, math.nan])
def test_anything_else_is_refused_with_an_example(duration: str | float) -> None:
    with pytest.raises(UsageError, match=r"--budget: .* (is not a duration|must be above 0); use .*90s or 1.5h"):
        parse_duration(duration, "--budget")


@pytest.mark.parametrize("duration", [[], True, None])
def test_values_other_than_texts_and_numbers_are_refused(duration: Any) -> None:
    with pytest.raises(UsageError, match=r"budget: .* is not a duration; use a string such as '5m', or seconds"):
        parse_duration(duration, "budget")


def test_a_text_without_a_unit_is_refused_with_the_unit_to_add() -> None:
    with pytest.raises(UsageError, match="--older-than: '30' has no unit; use 30s for seconds"):
        parse_duration("30", "--older-than")


@pytest.mark.parametrize("duration", ["40000d", "5300w", 1e12, math.inf])
def test_more_than_100_years_are_refused(duration: str | float) -> None:
    with pytest.raises(UsageError, match="at most 100 years"):
        parse_duration(duration, "budget")


@pytest.mark.parametrize(
    ("seconds", "text", "estimate"),
    [
        (0.34, "0.34 s", "1 s"),
        (4.2, "4.2 s", "4 s"),
        (59.4, "59.4 s", "59 s"),
        (59.6, "1 min", "60 s"),
        (83, "1 min 23 s", "83 s"),
        (420, "7 min", "7 min"),
        (7500, "2 h 5 min", "2.1 h"),
        (7200, "2 h", "2.0 h"),
        (math.nan, "n/a", "n/a"),
        (math.inf, "n/a", "n/a"),
    ],
)
def test_durations_are_printed_exactly_or_as_estimates(seconds: float, text: str, estimate: str) -> None:
    assert (format_duration(seconds), format_duration(seconds, estimate=True)) == (text, estimate)
