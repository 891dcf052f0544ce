"""What a run says where variables that should train did not move."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tlzoo.backbones import Backbone, precision
from tlzoo.errors import TrainingError
from tlzoo.heads import MLP, Head, Linear
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, everything, head, top
from tlzoo.training import BatchSizeError, Plan, Setup, SupervisedTrainer


class Steep(Linear):
    """A head whose gradients are too large for float16."""

    def build(self, size: int, task: Any, seed: int) -> Any:
        """Return a linear head of large weights."""
        head = super().build(size, task, seed)
        kernel = head.get_layer("logits").kernel
        kernel.assign(kernel * 1e4)
        return head


def plan(setup: Setup, phase: Phase) -> Plan:
    trainer = SupervisedTrainer()
    return trainer.plan(trainer.prepare(setup), phase)


def run(setup: Setup, phase: Phase, folder: Path) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(folder / "metrics.jsonl"))


NORMALIZED = MLP(units=(8,), activation="tanh", batch_normalization=True, dropout=0)
HEAD = Phase(name="head", train=head(), budget=Epochs(1), weight_decay=0.05)


@pytest.mark.parametrize(("with_batch_norm", "layer"), [(Linear(), "standardize"), (NORMALIZED, "normalization1")])
def test_batch_norm_over_one_sample_is_refused(
    make_setup: Callable[..., Setup], with_batch_norm: Head, layer: str
) -> None:
    """The audit would not always find it: weight decay and biases move."""
    with pytest.raises(
        BatchSizeError,
        match=rf"phase 'head' trains with batches of 1 sample, and BatchNorm '{layer}' normalizes over the batch, "
        r"which returns zero for every sample; use --batch-size 2 or more, or a head without BatchNorm: -H standardize",
    ):
        plan(make_setup(batch_size=1, head=with_batch_norm), HEAD)
    assert plan(make_setup(batch_size=2, head=with_batch_norm), HEAD).batch_size == 2


def test_batches_of_one_pass_where_batch_norm_is_frozen_or_sees_many_positions(
    make_setup: Callable[..., Setup],
) -> None:
    setup = make_setup(batch_size=1, head=Linear(standardize=False))
    everywhere = Phase(name="all", train=everything(), budget=Epochs(1), statistics="trained")
    assert plan(setup, everywhere).batch_size == 1  # the backbone's BatchNorm is over images
    assert plan(make_setup(batch_size=1), Phase(name="top", train=top(1), budget=Epochs(1))).batch_size == 1
    solved = Phase(name="solved", train=head(), budget=Epochs(1), solver="lbfgs")
    assert plan(make_setup(batch_size=1), solved).solver == "lbfgs"  # standardized by all of the training split


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
