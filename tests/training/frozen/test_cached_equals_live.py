"""What is cached at a cut trains as what is computed anew at every step."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_weights import with_effect

from tlzoo.backbones.selection import Selection
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, head, stages_from
from tlzoo.training import Setup, SupervisedTrainer


def trained(setup: Setup, train: Selection, folder: Path) -> tuple[dict[str, np.ndarray], list[float], str]:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    phase = Phase(name="phase", train=train, budget=Epochs(4), rates=1e-2, weight_decay=0.01, statistics="trained")
    plan = trainer.plan(state, phase)
    metrics = MetricsFile(folder / "metrics.jsonl")
    trainer.run(state, phase, 1, plan, metrics)
    weights = {path: variable.numpy() for path, variable in state.network.variables.items()}
    return weights, [line["loss"] for line in metrics.lines], plan.mode


@pytest.mark.parametrize(
    ("train", "mode"), [(head(), "cached features"), (head() | stages_from("three"), "cached prefix")]
)
def test_losses_and_weights_agree(
    make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, train: Selection, mode: str
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    cached, cached_losses, cached_mode = trained(make_setup(checkpoints=tmp_path / "a"), train, tmp_path / "a")
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", "1")
    live, live_losses, live_mode = trained(make_setup(checkpoints=tmp_path / "b"), train, tmp_path / "b")
    assert (cached_mode, live_mode) == (mode, "live")
    np.testing.assert_allclose(cached_losses, live_losses, rtol=1e-5)
    compared = with_effect(cached)
    assert len(compared) > len(cached) / 2
    for path in compared:
        np.testing.assert_allclose(cached[path], live[path], rtol=1e-3, atol=1e-4, err_msg=path)
