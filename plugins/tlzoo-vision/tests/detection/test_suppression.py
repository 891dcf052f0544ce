"""Non-maximum suppression against TensorFlow's kernel, and boxes in answers, words and pictures."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from tlzoo_vision.detection.boxes import box_labels
from tlzoo_vision.detection.candidates import corners
from tlzoo_vision.detection.layers import BoxSuppression
from tlzoo_vision.detection.pictures import compared, drawn_file
from tlzoo_vision.detection.task import Detection


def crowded(count: int, classes: int = 3) -> np.ndarray:
    """Return candidates (2, count, 8 + classes) whose boxes overlap in long chains."""
    draw = np.random.default_rng(3)
    found = np.zeros((2, count, 8 + classes), np.float32)
    found[..., :2] = draw.random((2, count, 2)) / 3 + 0.3
    found[..., 2:4] = 0.1
    found[..., 4:8] = draw.normal(1, 0.5, (2, count, 4))
    found[..., 8:] = draw.normal(-1, 2, (2, count, classes))
    return found


def test_the_boxes_that_are_kept_are_those_of_tensorflows_kernel() -> None:
    import tensorflow as tf

    found = crowded(300)
    layer = BoxSuppression(considered=900, most=100)
    ours = np.asarray(layer(found))
    boxes = tf.clip_by_value(corners(found), 0.0, 1.0)
    theirs = tf.image.combined_non_max_suppression(
        tf.gather(boxes, [1, 0, 3, 2], axis=-1)[:, :, tf.newaxis],
        tf.sigmoid(found[..., 8:]),
        max_output_size_per_class=300,
        max_total_size=100,
        iou_threshold=0.6,
        score_threshold=0.05,
    )
    for image in range(2):
        count = int(theirs.valid_detections[image])
        assert 10 < count <= 100
        assert np.allclose(ours[image, :count, 4], theirs.nmsed_scores[image, :count], atol=1e-6)
        assert np.allclose(ours[image, :count, 5], theirs.nmsed_classes[image, :count])
        assert np.allclose(ours[image, :count, :4][:, [1, 0, 3, 2]], theirs.nmsed_boxes[image, :count], atol=1e-6)
        assert (ours[image, count:] == -1).all()


def test_fewer_candidates_than_considered_and_none_above_the_least_score_are_supported() -> None:
    few = crowded(5)
    few[1, :, 8:] = -9
    found = np.asarray(BoxSuppression()(few))
    assert found.shape == (2, 100, 6)
    assert (found[0, 0, 4] > found[0, 1, 4]) or found[0, 1, 4] == -1
    assert (found[1] == -1).all()
    again = BoxSuppression.from_config(BoxSuppression(most=7).get_config())
    assert again(few).shape == (2, 7, 6)


def test_answers_are_read_as_boxes_with_labels_and_drawn() -> None:
    task = Detection(("cat", "dog"))
    answer = np.full((100, 6), -1, np.float32)
    answer[:2] = [[0.1, 0.2, 0.5, 0.75, 0.875, 1], [0, 0, 1, 1, 0.125, 0]]
    read = task.read_answer({"boxes": answer}) or {}
    assert read["found"] == "1 dog"
    assert [each["label"] for each in read["boxes"]] == ["dog", "cat"]
    assert read["boxes"][0] == {"label": "dog", "score": 0.875, "box": [0.1, 0.2, 0.5, 0.75]}
    assert task.read_answer({"boxes": answer * np.nan}) is None
    image = np.full((100, 400, 3), 128, np.uint8)
    label = box_labels([np.array([[0.1, 0.2, 0.5, 0.75, 1, 0]], np.float32)])[0]
    picture = compared(image, label, answer)
    assert picture.shape == (100, 808, 3)
    assert (picture[40:60, 40] != 128).any()
    assert (picture[10:90, 250:390] == 128).all()  # the detection of the whole image has too low a score
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    drawn = np.asarray(Image.open(io.BytesIO(drawn_file(stream.getvalue(), answer, task.classes))))
    assert drawn.shape == image.shape
    assert (drawn != picture[:, 408:]).any()  # the file has words
    assert (drawn[:, 250:] == 128).all()


def test_images_with_missed_or_wrong_boxes_are_the_worst() -> None:
    task, box = Detection(("cat", "dog")), [0.1, 0.1, 0.5, 0.5]
    labels = box_labels([np.array([[*box, 0, 0]], np.float32)] * 3 + [np.empty((0, 6), np.float32)])
    answers = np.full((4, 100, 6), -1, np.float32)
    answers[0, 0] = [*box, 0.9, 0]
    answers[1, 0] = [*box, 0.9, 1]
    answers[2, :2] = [[*box, 0.9, 0], [0.6, 0.6, 0.9, 0.9, 0.9, 0]]
    rows, badness = task.mistakes(labels, answers, None, labels)  # type: ignore[arg-type]
    assert rows.tolist() == [0, 1, 2]
    assert np.allclose(badness, [0, 1, 1 / 3], atol=1e-6)


def test_boxes_in_a_crowd_are_not_wrong() -> None:
    task = Detection(("cat", "dog"))
    labels = box_labels([np.array([[0.1, 0.1, 0.5, 0.5, 0, 1], [0.6, 0.6, 0.9, 0.9, 1, 0]], np.float32)] * 2)
    answers = np.full((2, 100, 6), -1, np.float32)
    answers[:, :2] = [[0.1, 0.1, 0.2, 0.2, 0.9, 0], [0.6, 0.6, 0.9, 0.9, 0.9, 1]]
    answers[1, 0] = [0.6, 0.1, 0.9, 0.2, 0.9, 0]
    _, badness = task.mistakes(labels, answers, None, labels)  # type: ignore[arg-type]
    assert np.allclose(badness, [0, 1 / 3], atol=1e-6)
    labels[:, 1] = -1
    answers[:, 1] = -1
    rows, _ = task.mistakes(labels, answers, None, labels)  # type: ignore[arg-type]
    assert rows.tolist() == [1]
