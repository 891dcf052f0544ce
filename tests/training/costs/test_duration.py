"""Estimates of how long a phase takes: scaled from a pace that is measured once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, everything, head, stages_from
from tlzoo.training import Setup, SupervisedTrainer
from tlzoo.training.state import Pace

HEAD = Phase(name="head", train=head(), budget=Epochs(3), rates=1e-2)
TOP = Phase(name="top", train=head() | stages_from("three"), budget=Epochs(3), rates=1e-2)
ALL = Phase(name="all", train=everything(), budget=Epochs(3), rates=1e-2)


@pytest.fixture
def prepared(make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a trainer with a state whose pace is set: a millisecond to read a sample, ten to compute it."""
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))  # whatever other tests have kept
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup())
    state.paces["tensorflow"] = Pace(prepare=0.001, forward=0.01)
    return trainer, state


def estimate(prepared, phase: Phase) -> float:
    trainer, state = prepared
    return trainer.estimate(state, trainer.plan(state, phase))


def test_more_trainable_layers_take_longer(prepared) -> None:
    assert estimate(prepared, HEAD) < estimate(prepared, TOP) < estimate(prepared, ALL)


def test_a_frozen_backbone_costs_one_pass_whatever_the_epochs(prepared) -> None:
    few, many = (HEAD.model_copy(update={"budget": Epochs(epochs)}) for epochs in (1, 11))
    steps = 10 * 5 * 0.002  # ten epochs more, of five steps each
    assert estimate(prepared, many) - estimate(prepared, few) == pytest.approx(steps)
    assert estimate(prepared, few) == pytest.approx(90 * 0.011 + steps / 10)


def test_cached_features_cost_nothing(prepared, tmp_path) -> None:
    trainer, state = prepared
    before = estimate(prepared, HEAD)
    trainer.run(state, HEAD, 1, trainer.plan(state, HEAD), MetricsFile(tmp_path / "metrics.jsonl"))
    assert before - estimate(prepared, HEAD) == pytest.approx(90 * 0.011)


def test_the_pace_is_measured_on_the_data(make_setup: Callable[..., Setup]) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup())
    assert trainer.estimate(state, trainer.plan(state, ALL)) > 0
    assert state.paces["tensorflow"].prepare > 0
    assert state.paces["tensorflow"].forward > 0
