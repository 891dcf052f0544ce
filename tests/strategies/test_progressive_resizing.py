"""Progressive resizing, driven by hand: sizes, batches, rates, what is refitted, what is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import keras
import pytest
from pydantic import ValidationError

from tlzoo.backbones import Backbone, FeatureMap, image_preprocessing, stages_by_layers
from tlzoo.errors import UsageError
from tlzoo.strategies import Job, Parts, Phase, PhaseResult, ProgressiveResizing


def job(size: int = 32, smallest: int | None = 16, examples: int = 4000) -> Job:
    x = inputs = keras.Input((size, size, 1))
    for number in (1, 2):
        x = keras.layers.Conv2D(4, 3, padding="same", name=f"conv{number}")(x)
        x = keras.layers.BatchNormalization(name=f"norm{number}")(x)
    model = keras.Model(inputs, keras.layers.Conv2D(4, 1, name="conv3")(x), name="net")
    stages = stages_by_layers(model, [("one", "norm1"), ("two", "conv3")])
    backbone = Backbone(model, image_preprocessing((size, size), 1), stages, FeatureMap(size, size, 4), "0" * 64)
    parts = Parts(frozenset({"head/kernel"}), {stage.name: stage.variables for stage in stages})
    counts = {"train": examples, "validation": 20, "test": 20}
    return Job(backbone, parts, "epochs", 10, 0, counts, 10, image_size=size, smallest_image_size=smallest)


def drive(strategy: ProgressiveResizing, on: Job) -> tuple[list[Phase], PhaseResult | None]:
    """Answer each phase with a lower score than the one before."""
    generator = strategy.phases(on)
    phases: list[Phase] = []
    answer: PhaseResult | None = None
    try:
        while True:
            phase = generator.send(answer)  # type: ignore[arg-type]
            phases.append(phase)
            answer = PhaseResult(phase.name, 1 / len(phases), 0.01, {}, f"after {phase.name}", "budget", 1, 0.1)
    except StopIteration as end:
        return phases, end.value


def test_sizes_grow_and_the_end_is_at_the_size_of_use() -> None:
    phases, kept = drive(ProgressiveResizing(), job())
    names = ["head at 16 pixels", "16 pixels", "24 pixels", "32 pixels", "refit at 32 pixels"]
    assert [phase.name for phase in phases] == names
    assert [phase.image_size for phase in phases] == [16, 16, 24, 32, None]
    assert [phase.start for phase in phases] == [None, *(f"after {name}" for name in names[:-1])]
    assert sum(phase.budget.amount for phase in phases) == pytest.approx(1)
    assert kept is not None
    assert kept.phase == "refit at 32 pixels"  # whatever it scored


@pytest.mark.parametrize(
    ("use", "smallest", "sizes"),
    [
        (32, 16, [16, 24, 32]),
        (64, 32, [32, 48, 64]),
        (224, 32, [128, 160, 224]),
        (299, 75, [160, 224, 299]),
        (32, 24, [24, 32]),
        (8, 8, [8]),
    ],
)
def test_sensible_sizes_halve_evenly(use: int, smallest: int, sizes: list[int]) -> None:
    phases, _ = drive(ProgressiveResizing(), job(use, smallest))
    assert [phase.image_size for phase in phases[1:-1]] == sizes


def test_smaller_images_come_in_larger_batches_at_higher_rates() -> None:
    phases, _ = drive(ProgressiveResizing(rate=1e-3), job())
    assert [phase.batch_size for phase in phases] == [128, 128, 32, 32, None]
    assert [phase.rates for phase in phases[1:3]] == [2e-3, 1e-3]


@pytest.mark.parametrize(("scaling", "rate"), [("square-root", 2e-3), ("linear", 4e-3), ("none", 1e-3)])
def test_how_rates_follow_the_batch(scaling: str, rate: float) -> None:
    strategy = ProgressiveResizing.model_validate({"rate": 1e-3, "rate_scaling": scaling})
    assert drive(strategy, job())[0][1].rates == rate


def test_few_examples_keep_their_steps() -> None:
    phases, _ = drive(ProgressiveResizing(), job(examples=400))
    assert [phase.batch_size for phase in phases[:3]] == [32, 32, 32]


def test_the_classifier_and_the_last_normalization_are_refitted_without_augmentation() -> None:
    on = job()
    refit = drive(ProgressiveResizing(), on)[0][-1]
    trained = refit.train.paths(on.parts)
    assert trained == {"head/kernel"} | {
        f"norm2/{each}" for each in ("gamma", "beta", "moving_mean", "moving_variance")
    }
    assert (refit.statistics, refit.augment, refit.image_size) == ("trained", "none", None)


def test_custom_sizes() -> None:
    phases, _ = drive(ProgressiveResizing(sizes=(20, 32), unfreeze=1), job())
    assert [phase.image_size for phase in phases] == [20, 20, 32, None]
    assert all("one" not in str(phase.train) for phase in phases)


def test_sizes_that_do_not_grow_are_refused() -> None:
    with pytest.raises(ValidationError, match="sizes must increase"):
        ProgressiveResizing(sizes=(24, 16))


def test_a_backbone_of_one_size_is_refused() -> None:
    with pytest.raises(UsageError, match="net takes only images of 32 x 32 pixels"):
        drive(ProgressiveResizing(), job(smallest=None))


def test_a_backbone_without_square_images_is_refused() -> None:
    with pytest.raises(UsageError, match="needs square images"):
        drive(ProgressiveResizing(), replace(job(), image_size=None))


def test_sizes_above_that_of_use_are_refused() -> None:
    with pytest.raises(UsageError, match="48 pixels are more than the final size, 32"):
        drive(ProgressiveResizing(sizes=(16, 48)), job())


def test_shares_without_remaining_samples_are_refused() -> None:
    with pytest.raises(UsageError, match="leave no budget"):
        drive(ProgressiveResizing(head_share=0.6, refit_share=0.5), job())


def test_the_same_without_validation() -> None:
    on = replace(job(), examples={"train": 10, "validation": 0, "test": 10})
    generator = ProgressiveResizing().phases(on)
    phase = next(generator)
    nothing = PhaseResult(phase.name, math.nan, math.nan, {}, "phase-01", "budget", 1, 0.1)
    assert generator.send(nothing).start == "phase-01"
