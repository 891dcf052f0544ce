"""The heads of maps and pyramids learn several labels and numbers, not classes alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tlzoo
from tlzoo.runs import Run

SIDE = 32


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Pictures with a bright left or right half, both, or none: as two labels, and as their number."""
    folder = tmp_path_factory.mktemp("pictures")
    draw, kind = np.random.default_rng(0), np.arange(60) % 4
    images = draw.integers(0, 40, (60, SIDE, SIDE)).astype(np.uint8)
    tags = np.stack([kind & 1, kind >> 1], axis=1)
    images[:, :, : SIDE // 2] += 150 * tags[:, :1, None].astype(np.uint8)
    images[:, :, SIDE // 2 :] += 150 * tags[:, 1:, None].astype(np.uint8)
    numbers = (tags.sum(axis=1) + draw.normal(0, 0.05, 60)).astype(np.float32)
    for name, labels in (("multi-label", tags), ("regression", numbers)):
        np.savez(folder / f"{name}.npz", x=images, y=labels)
    return {name: f"arrays:{folder}/{name}.npz?task={name}" for name in ("multi-label", "regression")}


@pytest.mark.parametrize(
    ("head", "task"),
    [
        ("attention", "multi-label"),
        ("pyramid", "regression"),
        pytest.param("pyramid", "multi-label", marks=pytest.mark.slow),
        pytest.param("attention", "regression", marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_heads_of_maps_learn_several_labels_and_numbers(
    sources: dict[str, str], tmp_path: Path, head: str, task: str
) -> None:
    run = tlzoo.train(
        sources[task],
        backbone="glyphnet",
        weights="random",
        head=head,
        strategy="feature-extraction",
        epochs=3,
        export=[],
        out=tmp_path,
    )
    assert run.result["task"] == task
    (phase,) = run.result["phases"]
    assert (phase["mode"], phase["solver"]) == ("cached features", "gradient")
    assert np.isfinite(phase["score"])
    assert Run(run.path).evaluate() == run.test
