from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from tlzoo.backbones import Backbone, precision
from tlzoo.runs.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, head, top
from tlzoo.strategies.selection import Selection
from tlzoo.training import Setup, SupervisedTrainer


@pytest.mark.parametrize("train", [head(), head() | top(1), head() | top(3)])
def test_mixed_precision_trains_cached_and_live(
    make_setup: Callable[..., Setup], make_backbone: Callable[..., Backbone], tmp_path: Path, train: Selection
) -> None:
    with precision("mixed_bfloat16"):
        backbone = make_backbone()
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup(backbone=backbone))
    phase = Phase(name="phase", train=train, budget=Epochs(4), rates=1e-2)
    result = trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(tmp_path / "metrics.jsonl"))
    assert keras.config.dtype_policy().name == "float32"
    assert state.network.head.get_layer("logits").compute_dtype == "float32"
    assert all(variable.dtype == "float32" for variable in state.network.variables.values())
    assert result.metrics["loss"] < np.log(3)
    _, probabilities = trainer.evaluate(state, "test")
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
