from collections.abc import Callable
from pathlib import Path

import numpy as np

from tlzoo.runs.executing.driver import drive
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.strategies import FineTune, RateRange, everything, layerwise
from tlzoo.training import Setup, SupervisedTrainer


def test_the_test_finds_a_rate_and_leaves_the_weights(make_setup: Callable[..., Setup]) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup())
    before = {path: variable.numpy() for path, variable in state.network.variables.items()}
    answer = trainer.probe(state, RateRange(train=everything(), highest=1e3, steps=80))
    assert 1e-6 < answer.number("suggested") < 1
    rates = answer["rates"]
    assert isinstance(rates, list)
    assert len(rates) < 80  # it ended where the loss exploded
    np.testing.assert_allclose(np.diff(np.log(rates)), np.log(1e9) / 79, rtol=1e-6)
    for path, variable in state.network.variables.items():
        np.testing.assert_array_equal(variable.numpy(), before[path], err_msg=path)


def test_an_answer_comes_from_the_journal_the_second_time(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    trainer = SupervisedTrainer()
    strategy = FineTune(find_rate=True, decay=0.5, unfreeze="all")
    outcomes = []
    for _ in range(2):
        state = trainer.prepare(make_setup())
        journal, metrics = Journal(tmp_path / "journal.jsonl"), MetricsFile(tmp_path / "metrics.jsonl")
        outcomes.append(drive(trainer, state, strategy, journal, metrics, str))
    assert [event["event"] for event in journal.events] == ["plan", "result", "probe", "plan", "result"]
    assert outcomes[0] == outcomes[1]


def test_rates_fall_with_depth(make_setup: Callable[..., Setup]) -> None:
    state = SupervisedTrainer().prepare(make_setup())
    pairs = layerwise(state.network.parts, 1e-2, 0.5)
    assert [(str(which), rate) for which, rate in pairs] == [
        ("head", 1e-2),
        ("three", 5e-3),
        ("two", 2.5e-3),
        ("one", 1.25e-3),
    ]
