"""The built-in strategies and one of a user, driven by hand with made-up results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import keras
import pytest
from pydantic import ValidationError

from tlzoo.backbones import Backbone, Vector, image_preprocessing, stages_by_layers
from tlzoo.errors import TrainingError, UsageError
from tlzoo.objectives import Mmd
from tlzoo.runs import Named
from tlzoo.runs.opening.components import make_strategy
from tlzoo.strategies import (
    Answer,
    DomainAdaptation,
    FeatureExtraction,
    FineTune,
    FromScratch,
    GradualUnfreezing,
    Job,
    LinearProbeThenFineTune,
    MultiStep,
    Parts,
    Phase,
    PhaseResult,
    Phases,
    Share,
    Strategy,
    Surgical,
    head,
    layerwise,
    stages_from,
)

BUILT_IN: list[Strategy] = [
    DomainAdaptation(),
    FeatureExtraction(),
    FineTune(),
    FromScratch(),
    GradualUnfreezing(steps=2),
    LinearProbeThenFineTune(),
    MultiStep(),
    Surgical(stage="stage1"),
]


class ThenDescend(Strategy):
    """Train the head; then unfreeze from the top, a stage at a time, while validation improves."""

    rate: float = 1e-5

    def phases(self, job: Job) -> Phases:
        """Yield the head's phase, then one for each stage."""
        best = yield Phase(name="head", train=head(), budget=Share(0.5), rates=1e-3)
        for stage in reversed(job.backbone.stages):
            result = yield Phase(
                name=f"down to {stage.name}",
                train=head() | stages_from(stage),
                budget=Share(0.1),
                rates=self.rate,
                start=best.checkpoint,
            )
            if result.score <= best.score:
                return best
            best = result
        return best


def job(stages: int = 3, validation: int = 20) -> Job:
    inputs = keras.Input((4,))
    x = inputs
    for position in range(stages):
        x = keras.layers.Dense(4, name=f"stage{position}")(x)
    model = keras.Model(inputs, x)
    cuts = stages_by_layers(model, [(f"stage{position}", f"stage{position}") for position in range(stages)])
    backbone = Backbone(model, image_preprocessing((2, 2), 1), cuts, Vector(4), "0" * 64)
    parts = Parts(frozenset({"logits/kernel"}), {stage.name: stage.variables for stage in cuts})
    examples = {"train": 100, "validation": validation, "test": 20}
    return Job(backbone, parts, unit="epochs", budget=10, seed=0, examples=examples, labels_per_class=10)


def drive(strategy: Strategy, scores: Sequence[float], on: Job | None = None) -> tuple[list[Phase], PhaseResult | None]:
    """Answer each phase with the next score, and return the phases and what the strategy keeps."""
    generator = strategy.phases(on or job())
    phases: list[Phase] = []
    answer: PhaseResult | None = None
    try:
        while True:
            phase = generator.send(answer)  # type: ignore[arg-type]
            answer = PhaseResult(phase.name, scores[len(phases)], 0.01, {}, f"after {phase.name}", "budget", 1, 0.1)
            phases.append(phase)
    except StopIteration as end:
        return phases, end.value


def test_feature_extraction_trains_the_head_alone() -> None:
    phases, kept = drive(FeatureExtraction(rate=0.5), [0.8])
    assert [(phase.train, phase.rates, phase.budget) for phase in phases] == [(head(), 0.5, Share(1.0))]
    assert kept is None


@pytest.mark.parametrize(("unfreeze", "count"), [(1, 3), (2, 5), ("all", 7), ("stage1", 5)])
def test_fine_tune_unfreezes_the_requested_stages(unfreeze: int | str, count: int) -> None:
    on = job()
    phases, kept = drive(FineTune(unfreeze=unfreeze, head_share=0.25), [0.8, 0.9], on)
    assert [phase.name for phase in phases] == ["head", "fine-tune"]
    assert [phase.budget.amount for phase in phases] == [0.25, 0.75]
    assert len(phases[1].train.paths(on.parts)) == count
    assert kept is None


def test_fine_tune_without_a_head_phase_trains_the_head_at_its_own_rate() -> None:
    ((phase,), _) = drive(FineTune(head_share=0, head_rate=1e-3, rate=3e-4), [0.9], job())
    assert (phase.name, phase.budget, phase.warmup) == ("fine-tune", Share(1.0), 0)
    assert dict(phase.rates)[head()] == 1e-3
    assert phase.rates[-1][0] == head()  # the last matching selection counts
    assert {rate for _, rate in phase.rates} == {1e-3, 3e-4}
    ((decayed,), _) = drive(FineTune(head_share=0, head_rate=1e-3, rate=3e-4, decay=0.5), [0.9], job())
    assert decayed.rates[-1] == (head(), 1e-3)
    assert min(rate for _, rate in decayed.rates) < 3e-4


def test_an_option_written_as_text_is_read_as_meant() -> None:
    assert FineTune.model_validate_strings({"unfreeze": "2"}).unfreeze == 2
    assert FineTune.model_validate_strings({"unfreeze": "block3"}).unfreeze == "block3"


def test_fine_tune_from_an_unknown_stage_fails_before_the_head_trains() -> None:
    with pytest.raises(UsageError, match="no stage 'stage9'"):
        drive(FineTune(unfreeze="stage9"), [])


@pytest.mark.parametrize("option", [{"lora_alpha": 4}, {"lora_layers": ["query"]}])
def test_options_of_adapters_without_a_rank_are_refused(option: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=f"option '{next(iter(option))}': has no effect without lora_rank"):
        make_strategy(Named(name="fine-tune", options=option))
    make_strategy(Named(name="fine-tune", options={"lora_rank": 2} | option))


def test_from_scratch_keeps_the_rate_that_validates_best() -> None:
    phases, kept = drive(FromScratch(), [0.5, 0.7, 0.6])
    assert [phase.start for phase in phases] == ["initial"] * 3
    assert kept is not None
    assert kept.phase == "rate 0.001"


def test_from_scratch_without_validation_uses_the_middle_rate() -> None:
    phases, kept = drive(FromScratch(rates=(1e-2, 1e-4, 1e-3)), [math.nan], job(validation=0))
    assert [phase.rates for phase in phases] == [1e-3]
    assert kept is not None
    assert math.isnan(kept.score)


def test_multi_step_opens_more_at_each_step_at_a_lower_rate() -> None:
    on = job()
    phases, _ = drive(MultiStep(), [0.7, 0.8, 0.9], on)
    opened = [phase.train.paths(on.parts) for phase in phases]
    assert opened[0] < opened[1] < opened[2]
    assert [phase.rates for phase in phases] == [1e-2, 3e-4, 1e-4]
    assert sum(phase.budget.amount for phase in phases) == 1


def test_multi_step_does_not_open_everything_twice() -> None:
    phases, _ = drive(MultiStep(top_stages=3), [0.7, 0.8])
    assert [phase.name for phase in phases] == ["head", "top"]


@pytest.mark.parametrize(
    ("scores", "names", "kept"),
    [
        ([0.7, 0.6], ["head", "down to stage2"], "head"),
        ([0.7, 0.8, 0.75], ["head", "down to stage2", "down to stage1"], "down to stage2"),
        ([0.6, 0.7, 0.8, 0.9], ["head", "down to stage2", "down to stage1", "down to stage0"], "down to stage0"),
    ],
)
def test_a_strategy_decides_by_the_results_it_is_sent(scores: list[float], names: list[str], kept: str) -> None:
    phases, result = drive(ThenDescend(), scores)
    assert [phase.name for phase in phases] == names
    assert [phase.start for phase in phases[1:]] == [f"after {name}" for name in names[: len(names) - 1]]
    assert result is not None
    assert result.phase == kept


def test_an_error_of_a_phase_is_raised_at_its_yield() -> None:
    class Careful(Strategy):
        def phases(self, job: Job) -> Phases:
            first = yield Phase(name="head", train=head())
            try:
                yield Phase(name="rest", train=stages_from(job.backbone.stages[0]))
            except TrainingError:
                return first
            return None

    generator = Careful().phases(job())
    first = PhaseResult(next(generator).name, 0.5, 0.0, {}, "first", "budget", 1, 0.1)
    generator.send(first)
    with pytest.raises(StopIteration) as end:
        generator.throw(TrainingError("diverged"))
    assert end.value.value is first


@pytest.mark.parametrize("strategy", BUILT_IN, ids=lambda strategy: strategy.name)
def test_the_same_results_give_the_same_phases(strategy: Strategy) -> None:
    scores = [0.5, 0.6, 0.55]
    assert drive(strategy, scores)[0] == drive(strategy, scores)[0]


@pytest.mark.parametrize("strategy", BUILT_IN, ids=lambda strategy: strategy.name)
def test_every_phase_and_its_strategy_survive_json(strategy: Strategy) -> None:
    assert type(strategy).model_validate_json(strategy.model_dump_json()) == strategy
    for phase in drive(strategy, [0.5, 0.6, 0.55])[0]:
        assert Phase.model_validate_json(phase.model_dump_json()) == phase


@pytest.mark.parametrize("strategy", BUILT_IN, ids=lambda strategy: strategy.name)
def test_an_unknown_option_is_refused(strategy: Strategy) -> None:
    with pytest.raises(ValidationError, match=r"Extra inputs|neither .* has an option"):
        type(strategy).model_validate({"learning_rate": 1e-3})


def test_only_from_scratch_starts_from_random_weights() -> None:
    assert [strategy.name for strategy in BUILT_IN if strategy.weights == "random"] == ["from-scratch"]


@pytest.mark.parametrize(
    ("steps", "lowest"),
    [(1, [0]), (2, [3, 0]), (3, [4, 2, 0]), (6, [5, 4, 3, 2, 1, 0]), (9, [5, 4, 3, 2, 1, 0])],
)
def test_gradual_unfreezing_opens_even_groups_from_the_top(steps: int, lowest: list[int]) -> None:
    on = job(stages=6)
    phases, _ = drive(GradualUnfreezing(steps=steps), [0.5] * 7, on)
    assert [phase.name for phase in phases] == ["head", *(f"down to stage{number}" for number in lowest)]
    assert sum(phase.budget.amount for phase in phases) == pytest.approx(1)
    assert len(phases[-1].train.paths(on.parts)) == 13


def test_gradual_unfreezing_gives_lower_stages_lower_rates() -> None:
    on = job()
    phases, _ = drive(GradualUnfreezing(rate=1.0, decay=0.5), [0.5] * 4, on)
    assert {phase.rates for phase in phases[1:]} == {layerwise(on.parts, 1.0, 0.5)}
    assert {phase.schedule for phase in phases} == {"slanted-triangular"}


def test_lp_ft_trains_everything_from_the_probed_head() -> None:
    on = job()
    phases, _ = drive(LinearProbeThenFineTune(), [0.5, 0.6], on)
    assert [len(phase.train.paths(on.parts)) for phase in phases] == [1, 7]
    assert [phase.start for phase in phases] == [None, None]  # chained: a worse end would be undone


@pytest.mark.parametrize("objective", ["coral", "mmd", "mcc", "dann"])
def test_adaptation_trains_for_as_long_as_source_only_from_the_same_head(objective: str) -> None:
    phases, _ = drive(DomainAdaptation(objective=objective, weight=0.5), [0.5, 0.6, 0.4])
    assert [phase.name for phase in phases] == ["head", "source only", objective]
    plain, adapted = phases[1:]
    assert adapted.objective is not None
    assert adapted.objective.weight == 0.5
    assert plain == adapted.model_copy(update={"name": "source only", "objective": None})
    assert phases[0].start == "initial"


def test_every_option_of_the_objective_goes_through_the_strategy() -> None:
    phases, _ = drive(DomainAdaptation(objective="mmd", bandwidths=[0.5, 2.0], at="outputs"), [0.5, 0.6, 0.4])
    assert phases[-1].objective == Mmd(bandwidths=(0.5, 2.0), at="outputs")
    made = DomainAdaptation(objective="mcc", temperature=2.0)
    assert DomainAdaptation.model_validate(made.model_dump(mode="json")) == made


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"objective": "mcc", "temprature": 2}, "'mcc' has an option 'temprature'; did you mean 'temperature'"),
        ({"objective": "mcc", "unfreze": "all"}, "an option 'unfreze'; did you mean 'unfreeze'"),
        ({"objective": "mcc", "at": "outputs"}, "neither domain-adaptation nor 'mcc' has an option 'at'"),
        ({"objective": "mcc", "temperature": -1}, "'mcc', option 'temperature': .* \\(got -1\\)"),
    ],
)
def test_an_option_that_neither_has_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=f"^strategy 'domain-adaptation': .*{said}"):
        make_strategy(Named(name="domain-adaptation", options=options))


def test_the_adapted_model_is_kept_whatever_its_source_score() -> None:
    _, kept = drive(DomainAdaptation(), [0.5, 0.9, 0.1])
    assert kept is not None
    assert kept.score == 0.1


def test_adabn_has_statistics_of_the_source_before_those_of_the_target() -> None:
    on = replace(job(), parts=Parts(frozenset({"head/kernel", "head/bn/moving_mean"}), job().parts.stages))
    phases, kept = drive(DomainAdaptation(objective="adabn"), [0.5] * 6, on)
    names = ["head", "source only", "source statistics", "head on them", "source with them", "adabn"]
    assert [phase.name for phase in phases] == names
    assert [phase.start for phase in phases[2:]] == ["initial", *(f"after {name}" for name in names[2:-1])]
    assert phases[4].statistics == "trained"
    assert kept is not None
    assert kept.phase == "adabn"


def test_adabn_without_batch_norm_is_refused_before_training() -> None:
    with pytest.raises(UsageError, match="no BatchNorm for adabn to adapt"):
        drive(DomainAdaptation(objective="adabn"), [])


def test_surgery_is_on_the_stage_with_the_strongest_pull() -> None:
    on = replace(job(), probe=lambda _probe: Answer({"stage0": 0.1, "stage1": 0.7, "stage2": 0.3}))
    phases, _ = drive(Surgical(), [0.5, 0.6], on)
    assert [phase.name for phase in phases] == ["head", "surgery on stage1"]
    assert phases[1].train.paths(on.parts) == on.parts.head | on.parts.stages["stage1"]


def test_surgery_on_an_unknown_stage_fails_before_the_head_trains() -> None:
    with pytest.raises(UsageError, match="no stage 'stage9'"):
        drive(Surgical(stage="stage9"), [])
