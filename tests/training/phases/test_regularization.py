from collections.abc import Callable
from pathlib import Path

import numpy as np

from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, everything, head
from tlzoo.training import Setup, SupervisedTrainer
from tlzoo.training.checkpoints import Checkpoints


def weights_after(setup: Setup, phase: Phase, folder: Path) -> tuple[dict[str, np.ndarray], Checkpoints]:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(folder / "metrics.jsonl"))
    return {path: variable.numpy() for path, variable in state.network.variables.items()}, state.checkpoints


def distance(weights: dict[str, np.ndarray], checkpoints: Checkpoints) -> float:
    kernels = [path for path in weights if path.startswith("conv") and path.endswith("kernel")]
    return float(sum(np.square(weights[path] - checkpoints.initial[path]).sum() for path in kernels))


def test_l2_sp_keeps_the_backbone_near_its_pretrained_weights(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    free = Phase(name="all", train=everything(), budget=Epochs(3), rates=1e-2)
    far = distance(*weights_after(make_setup(), free, tmp_path))
    near = distance(*weights_after(make_setup(), free.model_copy(update={"l2_sp": 10.0}), tmp_path))
    assert near < far / 4


def test_accumulated_batches_make_the_step_of_one_large_batch(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = Phase(name="head", train=head(), budget=Epochs(1), rates=1e-2, schedule="constant")
    count = len(make_setup().data.train)
    assert count % 2 == 0
    setup = make_setup(batch_size=count, optimizer="sgd")
    large, _ = weights_after(setup, phase, tmp_path)
    split = make_setup(batch_size=count // 2, optimizer="sgd")
    small, _ = weights_after(split, phase.model_copy(update={"accumulate": 2}), tmp_path)
    # The head standardizes by the statistics of a batch, which differ a little between one batch and its halves.
    step_of_large = np.linalg.norm(large["head/logits/kernel"] - small["head/logits/kernel"])
    assert step_of_large < 0.1 * np.linalg.norm(large["head/logits/kernel"])


def test_clipping_bounds_the_step(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = Phase(name="head", train=head(), budget=Epochs(1), rates=1.0, schedule="constant", clip_norm=1e-4)
    weights, checkpoints = weights_after(make_setup(optimizer="sgd"), phase, tmp_path)
    moved = np.abs(weights["head/logits/kernel"] - checkpoints.initial["head/logits/kernel"]).max()
    assert 0 < moved < 1e-4 * 10 * 10


def test_the_phase_ends_with_the_average_of_its_weights(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = Phase(name="head", train=head(), budget=Epochs(4), rates=1e-2, schedule="constant")
    last, checkpoints = weights_after(make_setup(), phase, tmp_path)
    averaged, _ = weights_after(make_setup(), phase.model_copy(update={"ema": 0.9}), tmp_path)
    start = checkpoints.initial["head/logits/kernel"]
    path = "head/logits/kernel"
    assert 0 < np.linalg.norm(averaged[path] - start) < np.linalg.norm(last[path] - start)


def test_smoothed_labels_keep_the_loss_up(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = Phase(name="head", train=head(), budget=Epochs(30), rates=3e-2, label_smoothing=0.3)
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup())
    result = trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(tmp_path / "metrics.jsonl"))
    entropy_of_target = -(0.8 * np.log(0.8) + 2 * 0.1 * np.log(0.1))
    assert result.metrics["loss"] > entropy_of_target - 1e-3
