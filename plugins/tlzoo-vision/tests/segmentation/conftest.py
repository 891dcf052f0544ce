"""Made-up grey images with masks of discs and boxes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def _write_masks(folder: Path, count: int = 24) -> Path:
    """Write images of two sizes with a bright or grey square, and their masks; return the folder."""
    draw = np.random.default_rng(0)
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    (folder / "classes.txt").write_text("ground\nbright\ngrey\n")
    for number in range(count):
        height, width = (32, 32) if number % 3 else (30, 37)
        classes = np.zeros((height, width), np.uint8)
        top, left = draw.integers(0, 16, 2)
        classes[top : top + 14, left : left + 14] = 1 + number % 2
        pixels = np.array([40, 220, 130])[classes] + draw.integers(-15, 16, classes.shape)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"images/{number}.png")
        Image.fromarray(classes).save(folder / f"masks/{number}.png")
    return folder


@pytest.fixture(scope="session")
def write_masks() -> Callable[..., Path]:
    """Return the function that writes a folder of images with masks."""
    return _write_masks


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Return a folder of four images with masks."""
    return _write_masks(tmp_path / "scans", 4)
