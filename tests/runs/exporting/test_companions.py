"""Files beside an exported file: what they tell strangers."""

from __future__ import annotations

import pytest

from tlzoo.runs.exporting.companions import _without_folders


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("images:/home/ada/photos", "images:photos"),
        ("table:/data/reviews.csv?text=review&label=stars", "table:reviews.csv?text=review&label=stars"),
        ("images:photos/birds?splits=/home/ada/splits.csv", "images:photos/birds?splits=splits.csv"),
        ("gym:CartPole-v1", "gym:CartPole-v1"),
        ("hf:ada/letters", "hf:ada/letters"),
    ],
)
def test_a_card_has_the_data_without_folders_of_this_machine(source: str, told: str) -> None:
    assert _without_folders(source) == told
