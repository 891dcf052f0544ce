"""A regression of maps by a plugin: the core knows neither its labels nor its outputs."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import tlzoo
from tlzoo.testing import check_task

SAMPLE = Path(__file__).parents[1] / "samples/acme-depth/acme_depth"


@pytest.fixture
def installed(distributions) -> None:
    folder = distributions.add("acme-depth", (SAMPLE / "plugin.py").read_text())
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def test_depth_passes_the_checks_of_tasks(installed) -> None:
    report = check_task("acme_depth.task:Depth")
    assert not [each for each in report.results if each.outcome == "failed"], report


@pytest.mark.slow
def test_depth_is_trained_with_augmentation_evaluated_and_predicted(installed, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    depths = np.stack([np.kron(draw.uniform(1, 3, (2, 2)), np.ones((16, 16))) for _ in range(24)])
    images = np.rint(255 * depths / 3).astype(np.uint8)
    data = tlzoo.data.in_memory((images, depths), task="depth")
    run = tlzoo.train(
        data,
        backbone="glyphnet",
        weights="random",
        augment="light",
        strategy={"name": "feature-extraction", "rate": 0.1},
        epochs=12,
        out=tmp_path / "runs",
        export=["saved-model"],
    )
    assert run.result["task"] == "depth"
    assert run.result["score"] == "near"
    assert run.test["mean_error"] < 1.5
    assert run.evaluate() == run.test
    assert "data:image/webp" in (run.path / "report.html").read_text()
    (answer,) = run.predict(images[0], out=tmp_path / "found")
    found = np.load(answer["file"])
    assert found.ndim == 2
    assert answer["farthest"] == pytest.approx(float(found.max()))
