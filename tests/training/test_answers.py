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


@pytest.mark.parametrize(("moved", "distance"), [(0.0, 0.0), (0.5, 1.25)])
def test_closeness_compares_with_those_of_the_entry(
    make_setup: Callable[..., Setup], moved: float, distance: float
) -> None:
    trainer, setup = SupervisedTrainer(), make_setup()
    ours = picture_statistics(setup.data.examples, setup.data.train)
    theirs = {name: [mean, 0.1] for name, (mean, _) in ours.items()}
    spread = {name: [mean, 0.1] for name, (mean, _) in ours.items()}
    theirs["brightness"] = [spread["brightness"][0] + moved, 0.1]
    answer = trainer.probe(trainer.prepare(replace(setup, source=theirs)), Closeness())
    pooled = ((ours["brightness"][1] ** 2 + 0.1**2) / 2) ** 0.5
    assert answer.number("distance") == pytest.approx(distance * 0.1 / pooled, rel=1e-6)


def test_training_everything_takes_longer_than_solving_the_head(make_setup: Callable[..., Setup]) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup())
    deep, alone = (trainer.probe(state, Duration(train=trains)) for trains in (everything(), head()))
    assert deep.number("each") > 0
    assert alone.number("each") == 0
    assert alone.number("once") > 0
