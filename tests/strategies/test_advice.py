"""Defaults that a head advises, under which other rates are right than under labels."""

import pytest

from tlzoo import strategies
from tlzoo.strategies import FeatureExtraction, FineTune, FromScratch, MultiStep, Strategy, advised

ADVICE = {"head_rate": 5e-3, "tuned_rate": 6e-4}


def test_missing_options_have_the_advised_values() -> None:
    assert advised(FineTune(), {}, ADVICE) == FineTune(head_rate=5e-3, rate=6e-4)


def test_given_options_are_kept_even_at_their_default() -> None:
    given = {"head_rate": 1e-2}
    assert advised(FineTune(**given), given, ADVICE) == FineTune(head_rate=1e-2, rate=6e-4)


def test_places_of_a_tuple_are_advised_each() -> None:
    assert advised(MultiStep(), {}, ADVICE).rates == (5e-3, 6e-4, 6e-4)


def test_the_one_rate_of_a_head_alone_is_a_heads() -> None:
    assert advised(FeatureExtraction(), {}, ADVICE).rate == 5e-3


def test_heads_and_modalities_advise_what_trains_when() -> None:
    assert advised(FineTune(), {}, {"head_share": 0.0, "unfreeze": "all"}) == FineTune(head_share=0, unfreeze="all")


def test_from_scratch_chooses_among_its_own_rates() -> None:
    assert advised(FromScratch(), {}, ADVICE) == FromScratch()


BUILT_IN = [
    each
    for each in vars(strategies).values()
    if isinstance(each, type) and issubclass(each, Strategy) and each is not Strategy
]


@pytest.mark.parametrize("strategy", BUILT_IN)
def test_without_advice_all_is_as_it_was(strategy: type[Strategy]) -> None:
    assert advised(strategy(), {}, {}) == strategy()
