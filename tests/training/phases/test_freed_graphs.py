"""What a finished training leaves in memory."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, everything
from tlzoo.training import Setup, SupervisedTrainer


def graphs_of_steps() -> int:
    gc.collect()
    return sum(isinstance(each, tf.Graph) and getattr(each, "name", "") == "step" for each in gc.get_objects())


def train(setup: Setup, folder: Path) -> int:
    """Train every layer for an epoch; return the number of graphs of steps while the state is in use."""
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    phase = Phase(name="all", train=everything(), budget=Epochs(1))
    trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(folder / "metrics.jsonl"))
    return graphs_of_steps()


def test_the_graph_of_a_step_is_freed_with_its_training(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    before = graphs_of_steps()
    assert train(make_setup(), tmp_path) == before + 1
    assert graphs_of_steps() == before
