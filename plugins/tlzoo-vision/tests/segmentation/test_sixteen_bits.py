"""Images with 16 bits keep their values on the way from the folder to the samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tlzoo.modalities import require_modality
from tlzoo.modalities.vision.image_files.decoding import decode_deep
from tlzoo_vision.segmentation.adapter import masks


def deepened(folder: Path, suffix: str) -> np.ndarray:
    """Store the images with 16 bits; return the second one."""
    for path in sorted((folder / "images").iterdir()):
        with Image.open(path) as image:
            pixels = np.asarray(image).astype(np.uint16) * 256 + 3
        path.unlink()
        Image.fromarray(pixels).save(path.with_suffix(suffix))
        if path.stem == "1":
            second = pixels
    return second


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_bits_reach_tiles_and_the_reader_of_predictions(scans: Path, suffix: str) -> None:
    stored = deepened(scans, suffix)
    (scans / "masks/0.png").write_bytes(b"damaged")  # the remaining images are a part of all
    plain = masks(str(scans), {})
    assert "4 images have 16 bits and are read by the high byte; bits=16 keeps all values" in plain.notes
    deep = masks(str(scans), {"bits": "16", "tile": "32"})
    assert not [each for each in deep.notes if "16 bits" in each]
    assert not set(map(bytes, plain.digests)) & set(map(bytes, deep.digests))
    assert deep.examples.name(0).startswith(str(scans / f"images/1{suffix}"))
    assert deep.examples.bits == 16
    if suffix == ".tif":
        (pixels,) = deep.examples.stream(np.arange(1)).as_numpy_iterator()
        np.testing.assert_allclose(pixels[..., 0], stored / 257, atol=1e-4)

    inputs = require_modality("vision").raw_inputs(())
    _, tiles = inputs.tiles(inputs.read(str(scans / f"images/1{suffix}")), 32)
    np.testing.assert_allclose(decode_deep(next(tiles), 16)[..., 0], stored / 257, atol=1e-4)


def test_tiles_of_colour_images_keep_16_bits_if_the_model_learned_from_them() -> None:
    import tensorflow as tf

    stored = np.random.default_rng(0).integers(0, 1 << 16, (20, 24, 3)).astype(np.uint16)
    encoded = tf.io.encode_png(stored).numpy()
    inputs = require_modality("vision").raw_inputs(())
    for maximum, shift in ((65_535.0, 0), (None, 8)):
        grid, tiles = inputs.of_maximum(maximum).tiles(encoded, 16)
        for (top, left), each in zip(grid.corners, tiles, strict=True):
            cut = grid.cut(stored, top, left)
            expected = cut >> shift if shift else cut / 257
            np.testing.assert_allclose(decode_deep(each, 16), expected, atol=1e-4)
