"""What `auto` chooses, and what it says about it."""

from __future__ import annotations

from dataclasses import replace

import keras
import pytest

from tlzoo.backbones import Backbone, Vector, image_preprocessing, stages_by_layers
from tlzoo.durations import format_duration
from tlzoo.strategies import Answer, Auto, Closeness, Duration, Job, Parts, Phase, PhaseResult, Probe, Share, head


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    inputs = keras.Input((4,))
    middle = keras.layers.Dense(4, name="below")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(4, name="above")(middle))
    stages = stages_by_layers(model, [("below", "below"), ("above", "above")])
    return Backbone(model, image_preprocessing((2, 2), 1), stages, Vector(4), "0" * 64)


def make_job(backbone: Backbone, *, labels: int = 50, validation: int = 40, distance: float | None = None) -> Job:
    def answer(probe: Probe) -> Answer:
        if isinstance(probe, Closeness):
            return Answer({} if distance is None else {"distance": distance})
        assert isinstance(probe, Duration)
        return Answer({"once": 10.0, "each": 0.1 if probe.train == head() else float(len(probe.train.paths(parts)))})

    parts = Parts(frozenset({"logits/kernel"}), {stage.name: stage.variables for stage in backbone.stages})
    examples = {"train": 100, "validation": validation, "test": 20}
    return Job(backbone, parts, "epochs", 20, seed=0, examples=examples, labels_per_class=labels, probe=answer)


def driven(job: Job) -> tuple[list[Phase], str]:
    """Return the phases of `auto`, each answered by a better result, and what it said."""
    told: list[str] = []
    generator = Auto().phases(replace(job, tell=told.append))
    phases = [next(generator)]
    while True:
        name = phases[-1].name
        result = PhaseResult(name, 0.5 + 0.1 * len(phases), 0.01, {}, f"after {name}", "budget", 1, 0.1)
        try:
            phases.append(generator.send(result))
        except StopIteration:
            return phases, *told


def test_few_labels_train_the_head_alone(backbone: Backbone) -> None:
    phases, said = driven(make_job(backbone, labels=6))
    assert [phase.name for phase in phases] == ["head"]
    assert said.startswith("feature-extraction: 6 labels per class are too few")


def test_without_validation_nothing_deeper_can_be_judged(backbone: Backbone) -> None:
    phases, said = driven(make_job(backbone, labels=30, validation=0))
    assert [phase.name for phase in phases] == ["head"]
    assert "there is no validation split" in said


@pytest.mark.parametrize(("seconds", "all_trains"), [(None, True), (400.0, True), (25.0, False)])
def test_another_domain_is_adapted_to(backbone: Backbone, seconds: float | None, all_trains: bool) -> None:  # noqa: FBT001
    job = make_job(backbone, labels=5)
    phases, said = driven(replace(job, seconds=seconds, examples={**job.examples, "target": 300}))
    assert [phase.name for phase in phases] == ["head"] * all_trains + ["source only", "mcc"]
    assert said.startswith("domain-adaptation: there are unlabelled inputs of another domain")
    assert ("the time is only enough for the head" in said) is not all_trains


def test_close_data_opens_a_stage_at_a_time(backbone: Backbone) -> None:
    phases, said = driven(make_job(backbone, distance=0.4))
    assert [phase.name for phase in phases] == ["head", "top", "everything"]
    assert "0.40 (under 1 is close)" in said


@pytest.mark.parametrize(("distance", "word"), [(2.5, "2.50"), (None, "unknown")])
def test_other_data_is_trained_from_a_probe_to_full_fine_tuning(
    backbone: Backbone, distance: float | None, word: str
) -> None:
    phases, said = driven(make_job(backbone, distance=distance))
    assert [phase.name for phase in phases] == ["linear probe", "fine-tune"]
    assert f"Distance to the source data {word}" in said


def test_the_reason_is_two_sentences_with_the_figures(backbone: Backbone) -> None:
    _, said = driven(make_job(backbone))
    first, second = said.split(". ", 1)
    assert "50 labels per class" in first
    assert "0.0 M parameters, input 2 x 2 x 1; 20 epochs take about" in second


def lengths(phases: list[Phase]) -> float:
    shares = [phase.budget for phase in phases if isinstance(phase.budget, Share)]
    assert len(shares) == len(phases)
    return round(sum(share.amount * (share.of or 0) for share in shares), 9)


def test_no_budget_of_time_takes_all_epochs(backbone: Backbone) -> None:
    phases, _ = driven(make_job(backbone))
    assert lengths(phases) == 20


def test_a_time_limit_below_one_epoch_is_reported(backbone: Backbone) -> None:
    phases, said = driven(replace(make_job(backbone), seconds=1.0))
    assert [phase.name for phase in phases] == ["head"]
    assert "of 1 s, not enough for one of the epochs" in said


@pytest.mark.parametrize(
    ("seconds", "names", "epochs"),
    [
        (1000.0, ["linear probe", "fine-tune"], 20),
        (40.0, ["linear probe", "fine-tune"], 8),  # (0.8 x 40 - 10) / 2.55, as half of them train five variables
        (24.0, ["head", "fine-tune"], 5),  # (0.8 x 24 - 10) / 1.55, as half of them train three
        (13.9, ["head"], 11),  # (0.8 x 13.9 - 10) / 0.1
    ],
)
def test_time_decides_how_deep_and_how_long(backbone: Backbone, seconds: float, names: list[str], epochs: int) -> None:
    phases, said = driven(replace(make_job(backbone), seconds=seconds))
    assert [phase.name for phase in phases] == names
    assert f"; {epochs} epochs take about" in said
    assert lengths(phases) == epochs
    assert f"of {format_duration(seconds)}" in said
