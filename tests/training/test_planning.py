"""What is kept, in which form, and what happens where it cannot be kept."""

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tlzoo.errors import TrainingError, UsageError
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, everything, head, stages_from
from tlzoo.training import Plan, Setup, SupervisedTrainer, planning
from tlzoo.training.costs.multiply_adds import stage_multiply_adds
from tlzoo.training.frozen import cache_budget
from tlzoo.training.frozen.engines import ENGINES, Tolerance, choice

HEAD = Phase(name="head", train=head(), budget=Epochs(3), rates=1e-2)
TOP = Phase(name="top", train=head() | stages_from("three"), budget=Epochs(3), rates=1e-2)


class Listening:
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.tracked: list[str] = []

    @contextmanager
    def track(self, what: str, total: int, unit: str):
        self.tracked.append(what)
        yield lambda _done: None

    def note(self, text: str) -> None:
        self.notes.append(text)


def plan(setup: Setup, phase: Phase) -> Plan:
    trainer = SupervisedTrainer()
    return trainer.plan(trainer.prepare(setup), phase)


def losses(setup: Setup, folder: Path, *phases: Phase) -> list[float]:
    """Run phases one on the other; return the losses of all epochs."""
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    record = MetricsFile(folder / "metrics.jsonl")
    start = None
    for position, each in enumerate(phases, start=1):
        phase = each.model_copy(update={"start": start})
        start = trainer.run(state, phase, position, trainer.plan(state, phase), record).checkpoint
    return [line["loss"] for line in record.lines]


@pytest.fixture
def run_losses(make_setup: Callable[..., Setup], tmp_path: Path) -> Callable[..., list[float]]:
    """Return a function that trains phases in a folder of its own."""
    runs = iter(range(100))

    def run(*phases: Phase, **changes: object) -> list[float]:
        folder = tmp_path / str(next(runs))
        folder.mkdir()
        return losses(make_setup(checkpoints=folder, **changes), folder, *phases)

    return run


def test_a_plan_has_the_cached_and_saved_amounts(make_setup: Callable[..., Setup]) -> None:
    features, prefix = plan(make_setup(), HEAD), plan(make_setup(), TOP)
    assert (features.mode, features.cut, features.cache_bytes) == ("cached features", "three", 90 * 8 * 4)
    assert (prefix.mode, prefix.cut, prefix.cache_bytes) == ("cached prefix", "two", 90 * 8 * 8 * 8 * 4)
    data = make_setup().data
    assert features.forward_passes_saved == 2 * (len(data.train) + len(data.validation))
    assert features.engine == "tensorflow"


def test_a_plan_has_the_reason_for_live_features(
    make_setup: Callable[..., Setup], monkeypatch: pytest.MonkeyPatch
) -> None:
    all_of_it = plan(make_setup(), Phase(name="all", train=everything(), rates=1e-3))
    assert (all_of_it.mode, all_of_it.reason) == ("live", "the lowest stage trains")
    monkeypatch.setattr(planning, "_SMALL", 1)
    assert "takes longer than computing" in plan(make_setup(), TOP).reason
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", "1000")
    assert plan(make_setup(), TOP).reason == "the frozen activations would take 184 kB in the cache; the budget is 1 kB"


@pytest.mark.parametrize(("variable", "value"), [("TLZOO_CACHE_BUDGET", "much"), ("TLZOO_CACHE_DTYPE", "int8")])
def test_settings_that_make_no_sense_are_refused(
    make_setup: Callable[..., Setup], monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError, match=f"{variable} .*'{value}'"):
        plan(make_setup(), TOP)


def test_half_precision_takes_half_and_stays_near(
    make_setup: Callable[..., Setup], run_losses: Callable[..., list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_losses(TOP)
    monkeypatch.setenv("TLZOO_CACHE_DTYPE", "float16")
    assert plan(make_setup(), TOP).cache_bytes == 90 * 8 * 8 * 8 * 2
    halved = run_losses(TOP)
    assert halved != whole
    np.testing.assert_allclose(halved, whole, rtol=1e-2)


def test_an_overflow_of_half_precision_is_an_error(
    make_setup: Callable[..., Setup], run_losses: Callable[..., list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLZOO_CACHE_DTYPE", "float16")
    backbone = make_setup().backbone
    backbone.model.get_layer("norm2").gamma.assign([1e7] * 8)
    with pytest.raises(TrainingError, match="is too large for float16; unset TLZOO_CACHE_DTYPE"):
        run_losses(TOP, backbone=backbone)


def test_a_large_test_split_is_not_cached_and_evaluates_the_same(
    make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for limit in (cache_budget._LARGE, 1):
        monkeypatch.setattr(cache_budget, "_LARGE", limit)
        folder = tmp_path / str(limit)
        folder.mkdir()
        trainer = SupervisedTrainer()
        state = trainer.prepare(make_setup(checkpoints=folder))
        planned = trainer.plan(state, TOP)
        trainer.run(state, TOP, 1, planned, MetricsFile(folder / "metrics.jsonl"))
        results.append((planned, trainer.evaluate(state, "test").answers))
    (whole, expected), (partly, found) = results
    data = make_setup().data
    assert partly.cache_bytes == whole.cache_bytes * (len(data.train) + len(data.validation)) // len(data.examples)
    assert partly.reason.endswith("; the test split is not cached")
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_unwritable_store_is_reported_and_not_needed(
    run_losses: Callable[..., list[float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run_losses(TOP)
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    monkeypatch.setenv("TLZOO_CACHE", str(blocked))
    listening = Listening()
    np.testing.assert_allclose(run_losses(TOP, progress=listening), expected, rtol=1e-5)
    assert len(listening.notes) == 1
    assert listening.notes[0].endswith("the frozen part is computed again in every epoch")


def test_a_second_run_computes_nothing_that_is_frozen(
    make_setup: Callable[..., Setup], run_losses: Callable[..., list[float]]
) -> None:
    first, second = Listening(), Listening()
    backbone = make_setup().backbone
    assert run_losses(HEAD, progress=first, backbone=backbone) == run_losses(HEAD, progress=second, backbone=backbone)
    assert "features" in first.tracked
    assert "features" not in second.tracked


def test_cached_features_depend_on_the_weights_below(
    run_losses: Callable[..., list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last phase is on other weights than the first, and so on other features."""
    whole = Phase(name="all", train=everything(), budget=Epochs(2), rates=1e-2)
    cached = run_losses(HEAD, whole, HEAD)
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", "1")
    np.testing.assert_allclose(cached, run_losses(HEAD, whole, HEAD), rtol=1e-5)


@pytest.mark.parametrize("phase", [HEAD, TOP])
def test_every_engine_trains_to_the_same(
    run_losses: Callable[..., list[float]], monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    found = []
    for name, budget in (("tensorflow", "1e9"), ("openvino", "1e9"), ("openvino", "1")):
        monkeypatch.setenv("TLZOO_ENGINE", name)
        monkeypatch.setenv("TLZOO_CACHE_BUDGET", budget)
        found.append(run_losses(phase))
    for each in found[1:]:
        np.testing.assert_allclose(each, found[0], rtol=1e-4)


def test_features_of_an_engine_that_disagrees_are_tensorflows(
    make_setup: Callable[..., Setup], run_losses: Callable[..., list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asked: what TensorFlow computed before is taken. Asked for: tried, said, and TensorFlow's are taken."""

    class Lying:
        name = "openvino"
        tolerance = Tolerance(1e-2, 1e-3)
        compiled = 0

        def compile(self, below, signature):
            Lying.compiled += 1
            run = ENGINES["tensorflow"].compile(below, signature)
            return lambda batch: [each + 1.0 for each in run(batch)]

    backbone = make_setup().backbone
    expected = run_losses(HEAD, backbone=backbone)
    monkeypatch.setitem(choice.ENGINES, "openvino", Lying())
    monkeypatch.setattr(choice, "_WORTH_CONVERTING", 0)
    listening = Listening()
    assert run_losses(HEAD, progress=listening, backbone=backbone) == expected
    assert (Lying.compiled, listening.notes) == (0, [])
    monkeypatch.setenv("TLZOO_ENGINE", "openvino")
    assert run_losses(HEAD, progress=listening, backbone=backbone) == expected
    assert Lying.compiled == 1
    assert "disagrees with TensorFlow" in listening.notes[0]


def test_costs_are_counted_by_stage(make_setup: Callable[..., Setup]) -> None:
    backbone = make_setup().backbone
    assert stage_multiply_adds(backbone) == (64 * 9 * 4, 64 * 9 * 4 * 8, 64 * 9 * 8 * 8)
