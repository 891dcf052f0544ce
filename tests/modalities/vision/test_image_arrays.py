from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tlzoo.errors import DataError
from tlzoo.modalities.vision.image_arrays import checked_images, describe_image, is_single_image, png_of

COLOUR = np.random.default_rng(0).integers(0, 256, (4, 5, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("shape", "batch"),
    [
        ((4, 5), (1, 4, 5, 1)),
        ((4, 5, 3), (1, 4, 5, 3)),
        ((4, 5, 1), (1, 4, 5, 1)),
        ((7, 4, 5), (7, 4, 5, 1)),
        ((7, 4, 5, 3), (7, 4, 5, 3)),
    ],
)
def test_one_image_or_many_become_a_batch(shape: tuple, batch: tuple) -> None:
    assert checked_images(np.zeros(shape, np.uint8)).shape == batch


def test_values_keep_their_fractions_and_whole_numbers_become_bytes() -> None:
    assert checked_images(COLOUR + 0.0)[0].tolist() == COLOUR.tolist()
    assert checked_images(np.full((4, 5, 3), 7.5)).dtype == np.float32
    assert checked_images(COLOUR.astype(np.int64)).dtype == np.uint8


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (COLOUR / 255, "look scaled: their values are 0"),
        (COLOUR / 127.5 - 1, "have values -1 to 1, not 0 to 255; undo the normalization"),
        (COLOUR * np.uint16(256), "convert to 8 bits per channel"),
        (np.where(COLOUR.max() == COLOUR, np.nan, COLOUR), "values of the images are NaN or infinite"),
        (np.zeros((2, 3, 8, 9)), r"move the channels to the end"),
        (np.zeros((2, 8, 9, 4)), r"remove the alpha channel: images\[..., :3\]"),
        (np.zeros((2, 8, 9, 2)), r"shape \(2, 8, 9, 2\) is not a batch of images"),
        (np.zeros((2, 2, 8, 9, 3)), "is not a batch of images"),
        (np.zeros(8), "is not a batch of images"),
        (np.zeros((0, 8, 9, 3)), "has no images"),
        (np.array([COLOUR, COLOUR[:2]], dtype=object), "images of different shapes; pass a list"),
        (np.zeros((2, 8, 9, 3), complex), "values of type complex"),
        (np.ma.masked_equal(COLOUR, COLOUR.max()), "values of a masked array are masked"),
    ],
)
def test_wrong_images_are_refused_in_one_line(images: np.ndarray, said: str) -> None:
    with pytest.raises(DataError, match=said) as refused:
        checked_images(images)
    assert "\n" not in str(refused.value)


def test_the_range_of_the_training_images_decides_how_fractions_are_read() -> None:
    assert checked_images(COLOUR / 255, 1).tolist() == [COLOUR.tolist()]
    assert checked_images(COLOUR / 2550, 1).max() == round(COLOUR.max() / 10)  # a dark image
    assert checked_images(COLOUR, 1).tolist() == [COLOUR.tolist()]
    assert checked_images(COLOUR.mean() < COLOUR).max() == 255
    with pytest.raises(DataError, match=r"up to 25\d, but the model was trained on values from 0 to 1; divide them by"):
        checked_images(COLOUR + 0.0, 1)
    assert checked_images(np.ones((4, 5)), 255).max() == 1
    with pytest.raises(DataError, match="look scaled"):
        checked_images(COLOUR / 255, 255)
    assert np.asarray(opened(png_of(COLOUR / 255, 1))).tolist() == COLOUR.tolist()


def test_a_dark_image_is_not_taken_for_a_scaled_one() -> None:
    assert checked_images(np.zeros((1, 4, 5, 3))).max() == 0
    assert checked_images(np.ones((1, 4, 5, 3), np.uint8)).max() == 1


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_an_image_in_memory_becomes_a_file_with_the_same_pixels() -> None:
    assert np.asarray(opened(png_of(COLOUR))).tolist() == COLOUR.tolist()
    assert opened(png_of(COLOUR[..., :1])).mode == "L"
    assert np.asarray(opened(png_of(Image.fromarray(COLOUR)))).tolist() == COLOUR.tolist()
    assert opened(png_of(Image.new("CMYK", (3, 2)))).mode == "RGB"
    assert opened(png_of(Image.new("RGBA", (3, 2)))).mode == "RGBA"  # the reader composites it


def test_the_orientation_that_a_camera_recorded_is_applied() -> None:
    photo = Image.fromarray(COLOUR)
    photo.getexif()[0x0112] = 6
    assert opened(png_of(photo)).size == (4, 5)


def test_images_have_names_and_differ_from_batches() -> None:
    assert describe_image(COLOUR) == "array 4x5x3"
    assert describe_image(Image.fromarray(COLOUR)) == "image 5x4"
    assert is_single_image(COLOUR)
    assert is_single_image(Image.fromarray(COLOUR))
    assert not is_single_image(np.zeros((7, 28, 28)))
    assert not is_single_image("a.png")
