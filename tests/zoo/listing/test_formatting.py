from __future__ import annotations

import pytest

from tlzoo.zoo.listing.fields import FIELDS
from tlzoo.zoo.listing.formatting import shown, with_unit


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1280, "1280"), (12_345, "12.3k"), (3_538_984, "3.54M"), (2e9, "2G"), (5e13, "50T")]
)
def test_numbers(value: float, text: str) -> None:
    assert with_unit(value) == text


@pytest.mark.parametrize(("value", "text"), [(12, "12 B"), (1280, "1.28 kB"), (14_200_000, "14.2 MB")])
def test_bytes(value: float, text: str) -> None:
    assert with_unit(value, of_bytes=True) == text


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("params", None, "-"),
        ("tags", (), "-"),
        ("tags", ("a", "b"), "a b"),
        ("installed", True, "yes"),
        ("installed", False, "no"),
        ("top1", 0.713, "71.3 %"),
        ("size", 3e6, "3 MB"),
        ("licence", "MIT", "MIT"),
    ],
)
def test_values_by_their_kind(field: str, value, text: str) -> None:
    assert shown(FIELDS[field], value) == text
