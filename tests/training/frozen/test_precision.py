from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from tlzoo.backbones import Backbone, precision
from tlzoo.backbones.selection import Selection
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, head, top
from tlzoo.training import Setup, SupervisedTrainer


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("train", [head(), head() | top(1), head() | top(3)])
def test_mixed_precision_trains_cached_and_live(
    make_setup: Callable[..., Setup],
    make_backbone: Callable[..., Backbone],
    tmp_path: Path,
    train: Selection,
    policy: str,
) -> None:
    with precision(policy):
        backbone = make_backbone()
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup(backbone=backbone))
    phase = Phase(name="phase", train=train, budget=Epochs(4), rates=1e-2)
    result = trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(tmp_path / "metrics.jsonl"))
    assert keras.config.dtype_policy().name == "float32"
    assert state.network.head.get_layer("logits").compute_dtype == "float32"
    assert all(variable.dtype == "float32" for variable in state.network.variables.values())
    assert result.metrics["loss"] < np.log(3)
    probabilities = trainer.evaluate(state, "test").answers
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_a_loss_scale_lets_gradients_through_that_float16_has_not(
    make_setup: Callable[..., Setup], make_backbone: Callable[..., Backbone], tmp_path: Path
) -> None:
    """With two rates, clipping and averages: the scale is around all of them."""
    with precision("mixed_float16"):
        backbone = make_backbone()
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup(backbone=backbone))
    rates = ((head(), 1e-2), (top(1), 1e-3))
    phase = Phase(name="phase", train=head() | top(1), budget=Epochs(3), rates=rates, clip_norm=1.0, ema=0.9)
    result = trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(tmp_path / "metrics.jsonl"))
    (step,) = state.steps.values()
    assert isinstance(step.optimizer, keras.optimizers.LossScaleOptimizer)
    assert result.audited["trained"]
