"""Phases as data, and the comparison of their results."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from tlzoo.strategies import Epochs, Phase, PhaseResult, Share, Steps, everything, head, matching, top

NAN = math.nan

PHASES = [
    Phase(name="plain", train=head()),
    Phase(name="steps", train=top(2), budget=Steps(500), rates=3e-4, patience=2, start="initial"),
    Phase(name="share", train=everything() - matching("*/gamma"), budget=Share(0.25), statistics="trained"),
    Phase(name="kernels", train=top(2) & matching("*/kernel"), rates=((top(2) & matching("*/kernel"), 1e-4),)),
    Phase(
        name="pairs",
        train=head() | top(1),
        budget=Epochs(3),
        rates=((head(), 1e-2), (top(1), 1e-4)),
        schedule="one-cycle",
        warmup=0.1,
        weight_decay=0.05,
        label_smoothing=0.1,
    ),
]


def result(score: float, noise: float = 0.0) -> PhaseResult:
    return PhaseResult("phase", score, noise, {}, "checkpoint", "budget", 1, 0.1)


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
def test_a_phase_survives_json(phase: Phase) -> None:
    assert Phase.model_validate_json(phase.model_dump_json()) == phase
    assert Phase.model_validate(phase.model_dump()) == phase


def test_a_serialized_phase_omits_unset_sizes() -> None:
    assert not PHASES[0].model_dump().keys() & {"image_size", "batch_size", "augment"}
    sized = PHASES[0].model_copy(update={"image_size": 16, "augment": {"name": "light", "flip": False}})
    assert Phase.model_validate_json(sized.model_dump_json()) == sized


@pytest.mark.parametrize("extra", [{"learning_rate": 1e-3}, {"budget": {"kind": "epochs", "amount": 1, "of": 2}}])
def test_an_unknown_field_is_refused(extra: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=r"Extra inputs|Unexpected keyword"):
        Phase.model_validate({"name": "phase", "train": head(), **extra})


@pytest.mark.parametrize(
    "wrong",
    [{"rates": 0.0}, {"rates": -1.0}, {"warmup": 1.0}, {"label_smoothing": 1.0}, {"patience": 0}, {"schedule": "step"}],
)
def test_a_value_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Phase.model_validate({"name": "phase", "train": head(), **wrong})


@pytest.mark.parametrize(("kind", "amount"), [(Epochs, 0), (Epochs, 2.5), (Steps, -1), (Share, 0.0), (Share, 1.1)])
def test_a_budget_out_of_range_is_refused(kind: type[Epochs | Steps | Share], amount: float) -> None:
    with pytest.raises(ValidationError):
        kind(amount)


def test_a_phase_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PHASES[0].name = "other"


@pytest.mark.parametrize(
    ("one", "other", "worse"),
    [
        (result(0.80), result(0.81), True),
        (result(0.81), result(0.80), False),
        (result(0.80), result(0.80), False),
        (result(0.80, 0.01), result(0.81, 0.01), False),
        (result(0.79, 0.003), result(0.81, 0.004), True),
        (result(-2.5), result(-2.0), True),
        (result(NAN), result(0.8), False),
        (result(0.8), result(NAN), False),
        (result(NAN, NAN), result(NAN, NAN), False),
        (result(0.1, NAN), result(0.9), False),
    ],
)
def test_worse_means_by_more_than_the_error_of_the_difference(
    one: PhaseResult,
    other: PhaseResult,
    worse: bool,  # noqa: FBT001 - a parameter of the cases
) -> None:
    assert one.worse_than(other) is worse
