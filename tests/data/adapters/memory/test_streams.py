"""Data sets of TensorFlow and Keras as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from made_progress import Telling

from tlzoo.data import in_memory
from tlzoo.errors import DataError, UsageError

X = np.random.default_rng(0).integers(0, 256, (10, 8, 9, 3), np.uint8)
Y = np.arange(10) % 2
W = np.linspace(0, 1, 10, dtype=np.float32)
TEXTS = [f"text {number}" for number in range(10)]
HOT = np.eye(2, dtype=np.float32)[Y]


def stream(*parts: Any) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(parts)


class Batches(keras.utils.PyDataset):
    def __init__(self, *, shuffles: bool = False, batches: int | None = 3) -> None:
        super().__init__()
        self.shuffles, self.batches, self.order = shuffles, batches, np.arange(10)

    @property
    def num_batches(self) -> int | None:
        return self.batches

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[4 * index : 4 * index + 4]
        return X[chosen], Y[chosen]

    def on_epoch_end(self) -> None:
        if self.shuffles:
            self.order = np.roll(self.order, 1)


@pytest.mark.parametrize(
    ("given", "arrays"),
    [
        (lambda: stream(X, Y), (X, Y)),
        (lambda: stream(X, Y).batch(4), (X, Y)),
        (lambda: stream(X, Y).batch(5, drop_remainder=True), (X, Y)),
        (lambda: stream(X[..., 0], Y), (X[..., 0], Y)),
        (lambda: stream(X[..., 0], Y).batch(3), (X[..., 0], Y)),
        (lambda: stream(X, HOT), (X, HOT)),
        (lambda: stream(X, HOT).batch(4), (X, HOT)),
        (lambda: stream(X, Y, W).batch(4), (X, Y, W)),
        (lambda: stream(X, Y).map(lambda x, y: (tf.cast(x, tf.float32) / 255, y)), (X, Y)),
        (lambda: stream(TEXTS, Y).batch(4), (TEXTS, Y)),
        (lambda: stream(TEXTS, [f"class {each}" for each in Y]), (TEXTS, [f"class {each}" for each in Y])),
        (lambda: tf.data.Dataset.from_tensor_slices({"image": X, "label": Y, "id": Y}), (X, Y)),
        (Batches, (X, Y)),
    ],
)
def test_a_stream_gives_the_samples_of_its_arrays(given: Callable[[], Any], arrays: Any) -> None:
    assert in_memory(given()).fingerprint == in_memory(arrays).fingerprint


def test_splits_options_and_sizes() -> None:
    splits = {"train": stream(X[:6], Y[:6]).batch(4), "test": stream(X[6:], Y[6:]).batch(3)}
    arrays = {"train": (X[:6], Y[:6]), "test": (X[6:], Y[6:])}
    assert in_memory(splits).fingerprint == in_memory(arrays).fingerprint
    named = tf.data.Dataset.from_tensor_slices({"photo": X, "kind": Y})
    assert in_memory(named, image="photo", label="kind").fingerprint == in_memory((X, Y)).fingerprint
    spec = (tf.TensorSpec((None, None, 3), tf.uint8), tf.TensorSpec((), tf.int64))
    cut = [(X[at, : 4 + at % 3], Y[at]) for at in range(10)]
    sizes = tf.data.Dataset.from_generator(lambda: iter(cut), output_signature=spec)
    assert in_memory(sizes).samples().examples.shapes[:3].tolist() == [[4, 9, 3], [5, 9, 3], [6, 9, 3]]


def test_inputs_alone_are_a_target() -> None:
    alone = {in_memory(each, labelled=False).fingerprint for each in (X, list(X), stream(X).batch(4).map(lambda x: x))}
    assert len(alone) == 1


def endless() -> Iterator[tuple[np.ndarray, int]]:
    while True:
        yield X[0], 0


def noise() -> Iterator[tuple[np.ndarray, int]]:
    draw = np.random.default_rng()
    return ((draw.integers(0, 256, (8, 9, 3), np.uint8), 0) for _ in range(10))


SPEC = (tf.TensorSpec((8, 9, 3), tf.uint8), tf.TensorSpec((), tf.int64))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: stream(X, Y).shuffle(10), "data have another order at each reading; remove shuffling"),
        (lambda: Batches(shuffles=True), "data have another order at each reading; remove shuffling"),
        (
            lambda: stream(X, Y).map(lambda x, y: (tf.image.random_brightness(x, 0.5), y)),
            "the tf.data.Dataset has a random operation, RandomUniform; remove random operations",
        ),
        (
            lambda: stream(X, Y).map(lambda x, y: (tf.image.random_brightness(x, 0.5, seed=1), y)).batch(5),
            "the tf.data.Dataset has a random operation, RandomUniform; remove random operations",
        ),
        (
            lambda: tf.data.Dataset.from_generator(noise, output_signature=SPEC),
            "data differ between two readings: .* of 10 samples have other content; remove random operations",
        ),
        (lambda: stream(X, Y).repeat(), r"the tf.data.Dataset is endless; remove repeat\(\), or add take"),
        (endless, "data is a generator, which can be read once and may be endless; give arrays"),
        (lambda: zip(X, Y, strict=True), "data is a zip, which can be read once"),
        (lambda: Batches(batches=None), "the Batches is endless; return the number of batches from __len__"),
        (lambda: stream(X, Y).take(0), "data are empty: the _TakeDataset has no elements"),
        (lambda: stream(X).map(lambda x: x), r"gives inputs and no labels; give \(x, y\) or \(x, y, weights\)"),
        (lambda: stream(X, Y, W, W), "gives tuples of 4"),
        (lambda: stream({"a": X, "b": X}, Y), "gives several inputs per sample; give one"),
        (lambda: tf.data.Dataset.from_tensor_slices({"photo": X}), "gives dicts without text or image; .* 'photo'"),
        (lambda: {"train": stream(X, Y), "test": (X, Y)}, "split 'test' is a tuple, but other splits are a _Tensor"),
    ],
)
def test_endless_or_changing_data_is_refused_in_one_line(given: Callable[[], Any], said: str) -> None:
    with pytest.raises((DataError, UsageError), match=said) as refused:
        in_memory(given())
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("stored", [lambda data: data.cache().batch(5), lambda data: data.batch(5).cache()])
def test_stored_results_of_random_operations_are_read(stored: Callable[[Any], Any]) -> None:
    noisy = stream(X, Y).map(lambda x, y: (tf.image.random_brightness(x, 0.5), y))
    assert len(in_memory(stored(noisy)).samples().labels) == 10


def test_a_random_operation_in_a_branch_is_found() -> None:
    def sometimes(x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.cond(y > 0, lambda: tf.image.random_flip_left_right(x, seed=1), lambda: x), y

    with pytest.raises(DataError, match="has a random operation, RandomUniform"):
        in_memory(stream(X, Y).map(sometimes))


def test_an_endless_stream_of_unknown_size_ends_at_the_memory_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    from tlzoo.data.adapters.memory import streams

    monkeypatch.setattr(streams, "_SHARE", 1e-6)
    unknown = tf.data.Dataset.from_generator(endless, output_signature=SPEC)
    with pytest.raises(DataError, match=r"data: [\d,]+ samples take .*, half of the memory limit of .*; use fewer"):
        in_memory(unknown)


def test_both_readings_show_progress() -> None:
    shown = Telling()
    in_memory(stream(X, Y).batch(4), progress=shown)
    assert shown.tracked[:2] == [
        ("reading", 3, "elements", 3),
        ("comparing", 3, "elements", 3),
    ]


def test_dicts_may_have_weights_and_a_single_named_input() -> None:
    from tensorflow.data import Dataset

    pixels, labels = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8, 1), [0, 1, 0, 1]
    weighted = in_memory((pixels, labels, [1.0, 2.0, 0.5, 0.0])).source
    rows = {"image": pixels, "label": labels, "weight": [1.0, 2.0, 0.5, 0.0]}
    assert in_memory(Dataset.from_tensor_slices(rows)).source == weighted
    assert in_memory(Dataset.from_tensor_slices(rows).batch(3)).source == weighted
    named = Dataset.from_tensor_slices(({"photo": pixels}, labels))
    for given in (named, named.batch(3)):
        assert in_memory(given).source == in_memory((pixels, labels)).source
        assert len(in_memory(given, labels="none").samples().examples) == 4
    with pytest.raises(UsageError, match="gives dicts without 'weigt'; did you mean 'weight'"):
        in_memory(Dataset.from_tensor_slices(rows), weight="weigt")


def test_batches_of_unknown_rank_are_batches() -> None:
    import tensorflow as tf

    pixels, labels = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8, 1), np.array([0, 1, 0, 1])
    given = tf.data.Dataset.from_generator(
        lambda: zip(pixels, labels, strict=True), output_types=(tf.uint8, tf.int64)
    ).batch(3)
    assert in_memory(given).source == in_memory((pixels, labels)).source
