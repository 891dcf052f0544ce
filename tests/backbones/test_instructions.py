"""Preprocessing for users without tlzoo gives the same samples as tlzoo's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tlzoo.backbones import image_preprocessing
from tlzoo.backbones.instructions import array_instructions, image_instructions
from tlzoo.modalities.vision.image_files.background import WHITE
from tlzoo.modalities.vision.image_files.decoding import decoder


def prepare_of(code: str) -> Any:
    """Return the function ``prepare`` of generated code."""
    names: dict[str, Any] = {"np": np}
    exec(code, names)
    return names["prepare"]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("mode", "size", "suffix"),
    [("RGB", (31, 57), ".png"), ("L", (9, 7), ".png"), ("RGBA", (40, 23), ".png"), ("RGB", (64, 48), ".bmp")],
)
def test_images_are_the_same_up_to_rounding(tmp_path: Path, channels: int, mode: str, size, suffix: str) -> None:
    generator = np.random.default_rng(0)
    image = Image.fromarray(generator.integers(0, 256, (*size, 4), np.uint8), "RGBA").convert(mode)
    path = tmp_path / f"image{suffix}"
    image.save(path)
    preprocessing = image_preprocessing((24, 32), channels)
    assert preprocessing.instructions is not None
    found = prepare_of(preprocessing.instructions.code)(path)["samples"]
    wanted = preprocessing.prepare(decoder(WHITE)(path.read_bytes())).numpy()
    assert found.shape == (1, 24, 32, channels)
    np.testing.assert_allclose(found[0], wanted, atol=1.01 if mode == "RGBA" else 0.01)


def test_transparent_pixels_are_put_on_the_background_of_the_data(tmp_path: Path) -> None:
    Image.new("RGBA", (2, 2), (10, 20, 30, 0)).save(tmp_path / "clear.png")
    for background in ((255, 136, 0), None):
        code = image_instructions(2, 2, 3, background).code
        found = prepare_of(code)(tmp_path / "clear.png")["samples"]
        assert found[0, 0, 0].tolist() == list(background or (10, 20, 30))


def test_arrays_and_texts_get_a_batch_axis() -> None:
    numbers = prepare_of(array_instructions("samples", (2,), "float32").code)([1, 2])["samples"]
    assert (numbers.tolist(), numbers.dtype) == ([[1, 2]], np.float32)
    assert prepare_of(array_instructions("samples", (), "string").code)("é")["samples"].tolist() == ["é".encode()]
