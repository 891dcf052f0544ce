"""Masks at another size, renumbered, and as files."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tlzoo.data import in_memory
from tlzoo.errors import DataError
from tlzoo_vision.segmentation.masks import IGNORED, Mask, prepared_masks
from tlzoo_vision.segmentation.pictures import colours, compared, encoded_mask, image_size, predicted_mask
from tlzoo_vision.segmentation.task import Segmentation, mask_labels

CLASSES = np.array([[0, 1, 2], [IGNORED, 1, 0]], np.uint8)


def test_a_mask_is_resized_without_new_values() -> None:
    doubled, halved = prepared_masks([Mask.of(CLASSES)], 4, 6)[0], prepared_masks([Mask.of(CLASSES)], 1, 3)[0]
    assert (doubled[::2, ::2] == CLASSES).all()
    assert (doubled[1::2, 1::2] == CLASSES).all()
    assert set(halved.ravel()) <= set(CLASSES.ravel())


def test_renumbered_masks_count_and_read_the_new_classes() -> None:
    mask = Mask.of(CLASSES).with_places([2, 0, 0])
    assert mask.read().tolist() == [[2, 0, 0], [IGNORED, 0, 2]]
    assert (mask.counts[:3].tolist(), mask.counts[IGNORED]) == ([3, 0, 2], 1)
    assert mask.with_places([1, 1, 1]).read().tolist() == [[1, 1, 1], [IGNORED, 1, 1]]
    assert mask.digest != Mask.of(CLASSES).digest
    assert Mask.of(CLASSES).digest == Mask.of(CLASSES.copy()).digest


def test_arrays_are_read_as_masks_and_indices_beyond_the_classes_are_refused() -> None:
    task, labels = Segmentation.read(np.stack([CLASSES, CLASSES]), None, "data")
    assert task.names == ("class 0", "class 1", "class 2")
    assert task.show(labels[0]) == "class 0 40%, class 1 40%, class 2 20%"
    with pytest.raises(DataError, match="class index 2; use 0 to 1"):
        Segmentation.read(np.stack([CLASSES]), np.array(["a", "b"]), "data")
    with pytest.raises(DataError, match="a mask is float64"):
        Segmentation.read(np.full((1, 2, 2), 0.5), None, "data")


def test_images_and_masks_in_memory_are_segmentation() -> None:
    images = [np.zeros((2, 3, 3), np.uint8), np.zeros((4, 4, 3), np.uint8), np.zeros((2, 3, 3), np.uint8)]
    masks = [CLASSES, np.ones((4, 4), np.uint8), Image.fromarray(CLASSES)]
    samples = in_memory((images, masks), task="segmentation", classes=["sky", "tree", "road"]).samples()
    assert (samples.task.names, [mask.size for mask in samples.labels]) == (
        ("sky", "tree", "road"),
        [(2, 3), (4, 4), (2, 3)],
    )
    assert samples.labels[0].digest == samples.labels[2].digest
    with pytest.raises(DataError, match=r"the mask of .* has 4 x 4 pixels, the image 3 x 2"):
        in_memory((images, [masks[1], *masks[1:]]), task="segmentation").samples()


def test_labels_of_other_data_get_the_indices_of_the_model() -> None:
    model, labels = Segmentation(("sky", "tree", "road")), mask_labels([Mask.of(CLASSES)])
    found = model.reindexed(labels, ("tree", "road", "sky"))
    assert found[0].read().tolist() == [[1, 2, 0], [IGNORED, 2, 1]]


def test_a_predicted_mask_is_a_png_with_class_indices_in_the_size_of_the_image() -> None:
    odds = np.eye(3, dtype=np.float32)[np.array([[0, 2], [1, 1]])]
    found = predicted_mask(odds, (40, 30))
    assert found[0, 0] == 0
    assert found[0, -1] == 2
    assert found[-1, 0] == 1
    image = Image.open(io.BytesIO(encoded_mask(found)))
    assert (image.mode, image.size) == ("P", (30, 40))
    assert (np.asarray(image) == found).all()
    assert colours()[:3].tolist() == [[0, 0, 0], [128, 0, 0], [0, 128, 0]]  # those of Pascal VOC


def test_the_size_of_a_photograph_is_that_of_the_upright_image() -> None:
    stream, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(stream, "JPEG", exif=exif)
    assert image_size(stream.getvalue()) == (30, 20)


def test_a_picture_has_the_true_mask_on_the_left_and_the_predicted_one_on_the_right() -> None:
    image = np.full((10, 10, 1), 100.0)
    picture = compared(image, np.ones((5, 5), np.uint8), np.zeros((2, 2, 3), np.float32))
    assert picture.shape == (10, 21, 3)
    assert picture[0, 0].tolist() != [100, 100, 100]
    assert picture[0, -1].tolist() == [100, 100, 100]
