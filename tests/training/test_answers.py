"""What a strategy may ask about time and closeness."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tlzoo.data import picture_statistics
from tlzoo.strategies import Answer, Closeness, Duration, everything, head
from tlzoo.training import Setup, SupervisedTrainer


def test_closeness_is_unknown_without_statistics_of_the_source(make_setup: Callable[..., Setup]) -> None:
    trainer = SupervisedTrainer()
    assert trainer.probe(trainer.prepare(make_setup()), Closeness()) == Answer({})


def test_closeness_compares_with_those_of_the_entry(make_setup: Callable[..., Setup]) -> None:
    trainer, setup = SupervisedTrainer(), make_setup()
    ours = picture_statistics(setup.data.examples, setup.data.train)
    mean, spread = ours["brightness"]
    for moved in (0.0, 0.5):
        theirs = ours | {"brightness": [mean + moved, spread]}
        answer = trainer.probe(trainer.prepare(replace(setup, source=theirs)), Closeness())
        assert answer.number("distance") == pytest.approx(moved / max(spread, 0.01) / 4)  # one of four statistics


def test_training_everything_takes_longer_than_solving_the_head(make_setup: Callable[..., Setup]) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup())
    deep, alone = (trainer.probe(state, Duration(train=trains)) for trains in (everything(), head()))
    assert deep.number("each") > 0
    assert alone.number("each") == 0
    assert alone.number("once") > 0
