"""A run on shapes that are in the alpha channel alone, from the folder to predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tlzoo


@pytest.mark.slow
def test_shapes_in_the_alpha_channel_are_learned_and_served(tmp_path: Path) -> None:
    down, right = np.mgrid[0:32, 0:32]
    for number in range(12):
        random = np.random.default_rng(number)
        row, column, size = random.integers(12, 20), random.integers(12, 20), random.integers(6, 10)
        ring = abs(np.hypot(down - row, right - column) - size) < 2
        bar = (abs(down - row) < 2) & (abs(right - column) < size)
        for name, shape in (("ring", ring), ("bar", bar)):
            pixels = np.zeros((32, 32, 4), np.uint8)
            pixels[..., 3] = shape * 255
            path = tmp_path / "icons" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
    source = f"images:{tmp_path}/icons?alpha=grey"
    run = tlzoo.train(data=source, backbone="glyphnet", strategy="feature-extraction", out=tmp_path / "runs")
    assert run.test["accuracy"] == 1.0
    files = sorted((tmp_path / "icons").glob("*/*.png"))
    assert [answer["label"] for answer in run.predict(files)] == [file.parent.name for file in files]
    assert run.evaluate(f"images:{tmp_path}/icons")["accuracy"] == 1.0
    assert "24 of 24 images have transparent pixels, composited over grey" in (run.path / "report.html").read_text()
