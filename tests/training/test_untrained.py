"""What a run says where variables that should train did not move."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tlzoo.backbones import Backbone, precision
from tlzoo.errors import TrainingError
from tlzoo.heads import MLP, Linear
from tlzoo.runs.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, head, top
from tlzoo.training import Setup, SupervisedTrainer


class Steep(Linear):
    """A head whose gradients are too large for float16."""

    def build(self, size: int, task: Any, seed: int) -> Any:
        """Return a linear head of large weights."""
        head = super().build(size, task, seed)
        kernel = head.get_layer("logits").kernel
        kernel.assign(kernel * 1e4)
        return head


def run(setup: Setup, phase: Phase, folder: Path) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(folder / "metrics.jsonl"))


def test_batch_norm_over_one_sample_is_named(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    setup = make_setup(batch_size=1, head=MLP(units=(8,), activation="tanh", batch_normalization=True, dropout=0))
    with pytest.raises(
        TrainingError,
        match=r"never moved: .*: BatchNorm 'normalization1' normalizes over a batch of one sample, which gives zero "
        r"for every input; use --batch-size 2 or more",
    ):
        run(setup, Phase(name="head", train=head(), budget=Epochs(1), weight_decay=0.05), tmp_path)


def test_a_batch_of_one_without_batch_norm_trains(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    setup = make_setup(batch_size=1, head=MLP(units=(8,), activation="tanh", dropout=0))
    run(setup, Phase(name="head", train=head(), budget=Epochs(1)), tmp_path)


def test_float16_that_skips_steps_is_named(
    make_setup: Callable[..., Setup], make_backbone: Callable[..., Backbone], tmp_path: Path
) -> None:
    with precision("mixed_float16"):
        backbone = make_backbone()
    phase = Phase(name="top", train=head() | top(1), budget=Epochs(2))
    with pytest.raises(
        TrainingError,
        match=r"never moved: .*: float16 overflowed in [34] of 4 steps, which were skipped; "
        r"use --precision mixed_bfloat16 or float32",
    ):
        run(make_setup(backbone=backbone, head=Steep(), batch_size=64), phase, tmp_path)
