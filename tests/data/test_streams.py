"""Streams keep their order, and have no thread that their end would wait for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tlzoo.data import Texts, digits, images, in_batches, in_parallel, stream_of
from tlzoo.data.contract import Examples


@pytest.fixture
def pictures(tmp_path: Path) -> Examples:
    for label in ("dark", "light"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "photos" / label / "0.png")
    return images(str(tmp_path / "photos"), {}).examples


def texts() -> Examples:
    return Texts(2, lambda index: ((b"one",), (b"two",))[index], str)


def test_streams_of_adapters_do_not_use_the_autotuner(pictures: Examples) -> None:
    for examples in (digits("", {}).examples, pictures, texts()):
        assert examples.stream(np.array([1, 0])).options().autotune.enabled is False


def test_derived_streams_do_not_use_the_autotuner() -> None:
    import tensorflow as tf

    others = tf.data.Dataset.range(3)
    assert in_batches(in_parallel(others, lambda each: each), 2).options().autotune.enabled is False


def test_order_is_kept() -> None:
    import tensorflow as tf

    def slow_at_first(number: tf.Tensor) -> tf.Tensor:
        size = tf.where(number < 3, 400, 4)
        return number + tf.cast(
            0 * tf.reduce_sum(tf.linalg.matmul(tf.ones((size, size)), tf.ones((size, size)))), tf.int64
        )

    made = in_batches(in_parallel(stream_of(np.arange(40)), slow_at_first), 7)
    assert np.concatenate(list(made.as_numpy_iterator())).tolist() == list(range(40))
