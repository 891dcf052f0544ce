from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tlzoo.data import Dataset
from tlzoo.errors import DataError
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, head
from tlzoo.training import Setup, SupervisedTrainer

PHASE = Phase(name="head", train=head(), budget=Epochs(2), rates=1e-2)


def weighted(data: Dataset, weights: np.ndarray) -> Dataset:
    return replace(data, samples=replace(data.samples, weights=weights.astype(np.float32)))


def kernel_after(setup: Setup, folder: Path) -> np.ndarray:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    trainer.run(state, PHASE, 1, trainer.plan(state, PHASE), MetricsFile(folder / "metrics.jsonl"))
    return np.asarray(state.network.variables["head/logits/kernel"])


def test_a_sample_with_weight_zero_is_not_used(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    data = make_setup().data
    weights = np.arange(len(data.examples)) % 2
    wrong = replace(data.samples, labels=np.where(weights, data.labels, (data.labels + 1) % 3))
    left = kernel_after(make_setup(data=weighted(data, weights)), tmp_path)
    right = kernel_after(make_setup(data=weighted(replace(data, samples=wrong), weights)), tmp_path)
    np.testing.assert_array_equal(left, right)
    assert not np.array_equal(left, kernel_after(make_setup(), tmp_path))


def test_weights_count_against_their_mean(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    data = make_setup().data
    sevens = kernel_after(make_setup(data=weighted(data, np.full(len(data.examples), 7))), tmp_path)
    np.testing.assert_array_equal(sevens, kernel_after(make_setup(), tmp_path))


def test_weights_that_are_all_zero_are_refused(make_setup: Callable[..., Setup]) -> None:
    data = make_setup().data
    with pytest.raises(DataError, match="all training samples have weight 0"):
        SupervisedTrainer().prepare(make_setup(data=weighted(data, np.zeros(len(data.examples)))))
