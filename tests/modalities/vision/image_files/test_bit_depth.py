"""Images with 16 bits keep their values: in TensorFlow, without it, and as TIFF."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tlzoo.backbones.images import image_instructions
from tlzoo.data import images
from tlzoo.errors import DataError, UsageError
from tlzoo.modalities import NeedsTensorFlow, require_modality
from tlzoo.modalities.vision.image_files.bit_depth import bits_of, is_deep_png, with_png
from tlzoo.modalities.vision.image_files.decoding import decode, decode_deep
from tlzoo.modalities.vision.image_files.pillow_decoding import decode_without_tensorflow
from tlzoo.modalities.vision.portable import image_preparation
from tlzoo.modalities.vision.raw_inputs import ImageInputs
from tlzoo.progress import Silent

STORED = np.array([[0, 1, 255], [256, 257, 4095], [4096, 40000, 65535]], np.uint16)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def encoded(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize(("bits", "most"), [(16, 65535), (12, 4095)])
def test_grey_png_keeps_all_values(bits: int, most: int) -> None:
    wanted = np.minimum(STORED * (255 / most), 255)
    for found in (decode_deep(encoded(STORED), bits).numpy(), decode_without_tensorflow(encoded(STORED), WHITE, bits)):
        assert found.dtype == np.float32
        assert found.shape == (3, 3, 3)
        np.testing.assert_allclose(found, np.repeat(wanted[..., np.newaxis], 3, axis=2), atol=1e-4)


def test_other_files_have_their_usual_values() -> None:
    pixels = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    alpha = np.concatenate([pixels, np.full((3, 3, 1), 128, np.uint8)], axis=2)
    for image in (encoded(pixels), encoded(pixels, "BMP"), encoded(pixels, "JPEG"), encoded(alpha)):
        assert (decode_deep(image, 16, BLACK).numpy() == decode(image, None, BLACK).numpy()).all()
        assert (decode_without_tensorflow(image, BLACK, 16) == decode_without_tensorflow(image, BLACK)).all()


def test_colour_with_16_bits_needs_tensorflow() -> None:
    colour = tf.io.encode_png(np.repeat(STORED[..., np.newaxis], 3, axis=2)).numpy()
    assert decode_deep(colour, 16).numpy()[1, 1, 0] == pytest.approx(257 / 257)
    with pytest.raises(NeedsTensorFlow, match="a colour image with 16 bits"):
        decode_without_tensorflow(colour, WHITE, 16)


@pytest.mark.parametrize("order", ["<", ">"])
def test_grey_tiff_becomes_png_with_the_same_values(order: str) -> None:
    tiff = encoded(STORED, "TIFF", compression="tiff_deflate")
    if order == ">":
        tiff = big_endian(STORED)
    with Image.open(io.BytesIO(with_png(tiff))) as image:
        assert image.format == "PNG"
        assert (np.asarray(image) == STORED).all()


def big_endian(pixels: np.ndarray) -> bytes:
    """Return an uncompressed TIFF in Motorola's byte order."""
    height, width = pixels.shape
    tags = [(256, width), (257, height), (258, 16), (259, 1), (262, 1), (273, 8), (277, 1), (278, height)]
    tags.append((279, pixels.size * 2))
    data = pixels.astype(">u2").tobytes()
    entries = b"".join(
        tag.to_bytes(2, "big") + (4).to_bytes(2, "big") + (1).to_bytes(4, "big") + value.to_bytes(4, "big")
        for tag, value in tags
    )
    return b"MM\0*" + (8 + len(data)).to_bytes(4, "big") + data + len(tags).to_bytes(2, "big") + entries + bytes(4)


def test_other_and_damaged_tiff_files_stay_as_they_are() -> None:
    for tiff in (encoded(np.zeros((2, 2, 3), np.uint8), "TIFF"), b"II*\0damaged", b"no image"):
        assert with_png(tiff) == tiff


def test_a_folder_says_that_values_are_lost_or_keeps_them(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(encoded(STORED + (name == "b")))
    plain, deep = images(str(tmp_path), {}), images(str(tmp_path), {"bits": "16"})
    assert plain.notes[-1] == "2 images have 16 bits and are read by the high byte; bits=16 keeps all values"
    assert not deep.notes
    assert plain.fingerprint != deep.fingerprint
    (first, _) = deep.examples.stream(np.arange(2)).as_numpy_iterator()
    assert first.dtype == np.float32
    np.testing.assert_allclose(first[..., 0], STORED / 257, atol=1e-4)


def test_tiff_files_by_path_are_read(tmp_path: Path) -> None:
    (tmp_path / "1.tif").write_bytes(encoded(STORED, "TIFF"))
    (tmp_path / "2.tif").write_bytes(b"II*\0damaged")
    paths = [str(tmp_path / "1.tif"), str(tmp_path / "2.tif")]
    read = require_modality("vision").read_in_memory([paths], "data", {"bits": "16"}, Silent())
    assert [each.name for each in read.set_aside] == [paths[1]]
    assert (len(read.examples), read.examples.bits) == (1, 16)
    with pytest.raises(DataError, match="none of the 1 images can be read"):
        require_modality("vision").read_in_memory([paths[1:]], "data", {}, Silent())


def test_preparations_without_tensorflow_and_in_exported_files_agree(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(encoded(STORED))
    prepare = image_preparation({"height": 3, "width": 3, "channels": 1, "background": [255, 255, 255], "bits": 12})
    wanted = np.minimum(STORED * (255 / 4095), 255)[..., np.newaxis]
    np.testing.assert_allclose(prepare(encoded(STORED)), wanted, atol=1e-2)
    code: dict[str, object] = {"np": np}
    exec(image_instructions(3, 3, 1, (255, 255, 255), 12).code, code)  # the generated preprocess.py
    found = code["prepare"](tmp_path / "1.png")["samples"]
    np.testing.assert_allclose(found[0], wanted, atol=1e-2)


@pytest.mark.parametrize("text", ["7", "17", "many", ""])
def test_another_number_of_bits_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=f"bits={text} is not a number of bits; use 8 to 16"):
        bits_of(text)


def test_arrays_keep_their_values_in_training_and_predictions() -> None:
    vision = require_modality("vision")
    read = vision.read_in_memory([np.stack([STORED, STORED.T])], "data", {"bits": "12"}, Silent())
    assert (read.examples.bits, read.examples.input_maximum, read.examples.name(1)) == (12, 4095, "data[1]")
    assert vision.read_in_memory([np.stack([STORED // 257])], "data", {}, Silent()).examples.input_maximum is None
    inputs = vision.raw_inputs(()).of_maximum(4095)
    for image in (STORED, STORED.astype(np.int64)[..., np.newaxis]):
        found = decode_deep(inputs.read(image), 12).numpy()
        np.testing.assert_allclose(found[..., 0], np.minimum(STORED * (255 / 4095), 255), atol=1e-4)
    bytes_ = np.array([[0, 255]], np.uint8)
    assert (decode_deep(inputs.read(bytes_), 12)[..., 0].numpy() == bytes_).all()
    with pytest.raises(DataError, match="values -5 to 65530, not 0 to 4095; subtract the smallest"):
        inputs.read(STORED.astype(np.int64) - 5)


def test_a_tiff_too_large_to_decode_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size is in the header, by which a server refuses it."""
    stream = io.BytesIO()
    Image.fromarray(np.zeros((300, 200), np.uint16)).save(stream, "TIFF", compression="tiff_adobe_deflate")
    tiff = stream.getvalue()
    assert is_deep_png(with_png(tiff))
    monkeypatch.setattr("tlzoo.modalities.vision.image_files.bit_depth.share", lambda _: 8 * 300 * 200 - 1)
    assert with_png(tiff) == tiff
    assert ImageInputs("images", ()).memory(tiff) == 8 * 300 * 200
