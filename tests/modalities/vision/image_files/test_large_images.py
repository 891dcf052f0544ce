"""Images that do not fit their share of the memory limit are set aside by name, before memory is taken for them."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tlzoo.data import images, images_at_once
from tlzoo.modalities.vision.image_files.examination import examine, most_pixels
from tlzoo.modalities.vision.image_files.transparency import over


def header_of(width: int, height: int) -> bytes:
    """Return the beginning of a PNG of this size, which ends after its header."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two classes of small images, and a large one that is all header; a limit of 1 GB."""
    monkeypatch.setenv("TLZOO_MEMORY", "1GB")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(2):
            Image.fromarray(np.full((40, 40, 3), 90 * number, np.uint8)).save(tmp_path / name / f"{number}.png")
    (tmp_path / "a" / "scan.png").write_bytes(header_of(8000, 7000))
    return tmp_path


def test_a_large_image_is_skipped_by_name_with_the_reason(folder: Path) -> None:
    opened = images(str(folder), {})
    (aside,) = opened.set_aside
    assert aside.name == str(folder / "a" / "scan.png")
    assert aside.reason == (
        "8000 x 7000 pixels take about 448 MB to decode, but images may take 250 MB of the memory limit; "
        "make it smaller or set a higher TLZOO_MEMORY"
    )
    assert len(opened.examples) == 4


def test_another_limit_looks_at_it_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images(str(folder), {})
    monkeypatch.setenv("TLZOO_MEMORY", "4GB")
    (aside,) = images(str(folder), {}).set_aside
    assert aside.reason == "damaged or truncated (PNG); restore it from its original"


def test_an_image_that_was_fine_is_skipped_under_a_lower_limit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a" / "scan.png").unlink()
    images(str(folder), {})
    monkeypatch.setattr("tlzoo.modalities.vision.image_files.examination.share", lambda _use: 8 * 1000)
    monkeypatch.setattr("tlzoo.modalities.vision.image_files.verification.most_pixels", lambda: 1000)
    with pytest.raises(Exception, match="no image of class 'a'"):
        images(str(folder), {})


def test_the_limit_of_the_format_itself_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_MEMORY", "100GB")
    assert most_pixels() == 2**27
    assert examine(header_of(20_000, 20_000)).reason == "more than 134,217,728 pixels; make it smaller"


def test_a_large_image_that_fits_is_decoded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is beyond what several threads may decode side by side, and waits for its turn."""
    monkeypatch.setattr("tlzoo.modalities.vision.image_files.examination.share", lambda _use: 8 * 2500)
    picture = tmp_path / "picture.png"
    Image.fromarray(np.arange(48 * 48 * 3, dtype=np.uint8).reshape(48, 48, 3)).save(picture)
    found = examine(picture.read_bytes())
    assert (found.reason, found.height, found.width) == (None, 48, 48)


@pytest.mark.parametrize(("side", "expected"), [(100, None), (7000, 1), (4000, 1)])
def test_so_many_images_are_read_at_once_as_fit(
    monkeypatch: pytest.MonkeyPatch, side: int, expected: int | None
) -> None:
    monkeypatch.setenv("TLZOO_MEMORY", "1GB")
    monkeypatch.setattr("os.cpu_count", lambda: 64)

    class Examples:
        shapes = np.array([[10, 10, 3], [side, side, 3]])

    assert images_at_once(Examples()) == expected
    assert images_at_once(object()) is None


@pytest.mark.slow
def test_a_large_transparent_image_is_composited_row_by_row_to_the_same_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (1030, 1030, 4), np.uint8)
    colours, alpha = pixels[..., :3].astype(int), pixels[..., 3:].astype(int)
    expected = (colours * alpha + np.array([200, 100, 0]) * (255 - alpha) + 127) // 255
    np.testing.assert_array_equal(over(tf.constant(pixels), (200, 100, 0)), expected)


def test_a_transparent_image_beyond_the_limit_is_refused_before_it_is_decoded_over_black(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tlzoo.modalities.vision.image_files.examination.share", lambda _use: 8 * 1000)
    stream = BytesIO()
    Image.fromarray(np.full((40, 40, 4), 100, np.uint8)).save(stream, "PNG")
    found = examine(stream.getvalue())
    assert (found.height, found.width) == (40, 40)
    assert "TLZOO_MEMORY" in (found.reason or "")
