from __future__ import annotations

import pytest

from tlzoo.plugins.api import API_VERSION, within


@pytest.mark.parametrize(
    ("version", "limits", "fits"),
    [
        ("0.1", ">=0.1,<0.2", True),
        ("0.1", ">=0.1.0", True),
        ("0.10", ">=0.9", True),
        ("0.2", ">=0.1,<0.2", False),
        ("1.0", "==1", True),
        ("1.0", "", False),
        ("1.0", "some", False),
    ],
)
def test_a_range_holds_versions_by_their_numbers(version: str, limits: str, *, fits: bool) -> None:
    assert within(version, limits) is fits


def test_the_version_of_the_api_is_one() -> None:
    assert within(API_VERSION, ">=0.1")
