"""Arrays and lists as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tlzoo.data import InMemory, arrays, in_memory, parse_source, split
from tlzoo.errors import DataError, UsageError
from tlzoo.tasks import Classification, MultiLabel, Regression

X = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8)
Y = [0, 1, 0, 1]


def images_of(data: InMemory) -> np.ndarray:
    samples = data.samples()
    return np.stack(list(samples.examples.stream(np.arange(len(samples.examples))).as_numpy_iterator()))


@pytest.mark.parametrize(
    ("x", "y", "more"),
    [
        (X, Y, {}),
        (X / 255, ["b", "a", "b", "c"], {}),
        (np.stack([X, X, X], -1), np.array([[0.5], [1], [2], [3]]), {}),
        (X.astype(np.float32), np.eye(2)[Y], {}),
        (X, [[1, 1], [0, 0], [0, 1], [1, 0]], {}),
        (X, [True, False, True, False], {}),
        (X, Y, {"classes": ["cat", "dog"]}),
        (X, Y, {"task": "regression"}),
        (X, np.eye(2)[Y], {"task": "multi-label"}),
    ],
)
def test_arrays_give_the_samples_of_an_npz_file(tmp_path: Path, x: Any, y: Any, more: dict[str, Any]) -> None:
    names = {key: value for key, value in more.items() if key == "classes"}
    weights = np.array([1, 2, 0.5, 0])
    np.savez(tmp_path / "set.npz", x=x, y=np.asarray(y), weights=weights, **names)
    options = {key: value for key, value in more.items() if key == "task"}
    kept = arrays(str(tmp_path / "set.npz"), options)
    given = in_memory((x, y, weights), **more)
    assert given.samples().fingerprint == kept.fingerprint
    assert given.samples().task == kept.task
    assert given.source.startswith(f"memory:{kept.fingerprint[:16]}")
    assert parse_source(given.source).options.keys() == more.keys()


def test_splits_are_declared_by_a_dict(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", x_train=X, y_train=Y, x_val=X[:2], y_val=Y[:2], x_test=X[2:], y_test=Y[2:])
    kept = arrays(str(tmp_path / "set.npz"), {})
    given = in_memory({"train": (X, Y), "val": (X[:2], Y[:2]), "Test": (X[2:], Y[2:])}).samples()
    assert given.fingerprint == kept.fingerprint
    assert {name: part.tolist() for name, part in given.given.items()} == {
        "train": [0, 1, 2, 3],
        "validation": [4, 5],
        "test": [6, 7],
    }


def test_lists_tensors_and_series_are_arrays() -> None:
    import tensorflow as tf

    fingerprint = in_memory((X, Y)).fingerprint
    pandas = pytest.importorskip("pandas")
    others = [
        (list(X), np.array(Y)),
        (X.tolist(), tuple(Y)),
        (tf.constant(X), tf.constant(Y)),
        (X, pandas.Series(Y, index=[7, 5, 3, 1])),
    ]
    assert {in_memory(each).fingerprint for each in others} == {fingerprint}
    texts = ["good", "bad", "fine", "poor"]
    named = ["a", "b", "a", "b"]
    fingerprint = in_memory((texts, named)).fingerprint
    others = [
        (np.array(texts), np.array(named, object)),
        (tf.constant(texts), tf.constant(named)),
        (pandas.Series(texts), pandas.Series(named, dtype="category")),
    ]
    assert {in_memory(each).fingerprint for each in others} == {fingerprint}


def test_pixels_of_one_byte_are_not_copied() -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8)
    assert np.shares_memory(in_memory((images, Y)).samples().examples._images, images)


def test_a_fingerprint_follows_contents_labels_order_weights_and_splits() -> None:
    others = [
        in_memory((X, Y)),
        in_memory((X[::-1], Y)),
        in_memory((X, Y[::-1])),
        in_memory((X, Y, [1, 1, 1, 2])),
        in_memory({"train": (X, Y)}),
        in_memory((X, Y), classes=["a", "b"]),
        in_memory((np.where(X == 9, 10, X).astype(np.uint8), Y)),
    ]
    assert len({each.fingerprint for each in others}) == len(others)
    assert in_memory((X.copy(), np.array(Y))).fingerprint == others[0].fingerprint


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        ([0, 5, 0, 5], Classification(("0", "5"))),
        ([0.0, 5.0, 0.0, 5.0], Classification(("0", "5"))),
        ([False, True, False, True], Classification(("false", "true"))),
        (["b", "a", "b", "a"], Classification(("a", "b"))),
        ([b"b", b"a", b"b", b"a"], Classification(("a", "b"))),
        (np.eye(2)[Y], Classification(("class 1", "class 2"))),
        ([[0, 1], [1, 1], [0, 0], [1, 0]], MultiLabel(("class 1", "class 2"))),
        ([["red"], ["red", "round"], [], {"round"}], MultiLabel(("red", "round"))),
        ([0.5, 1, 2, 3], Regression(("target",))),
        ([[0.5, 1], [1, 2], [2, 3], [3, 4]], Regression(("target 1", "target 2"))),
    ],
)
def test_labels_determine_the_task(labels: Any, task: Any) -> None:
    assert in_memory((X, labels)).samples().task == task


def test_the_range_of_fractions_is_recorded_for_predictions() -> None:
    def maximum(x: Any) -> float | None:
        return in_memory((x, Y)).samples().input_maximum

    assert [maximum(x) for x in (X, X / 255, X + 0.0, X > 9)] == [None, 1, 255, None]
    assert [maximum([*x[:3], x[3][:4]]) for x in (X, X / 255, X + 0.0)] == [None, 1, 255]
    assert in_memory((X / 255, Y)).fingerprint == in_memory((X, Y)).fingerprint
    assert split(in_memory((X / 255, Y)).samples(), seed=0).describe()["input_maximum"] == 1


def test_one_hot_labels_are_one_class_of_several_and_a_note_says_so() -> None:
    (note,) = in_memory((X, np.eye(2)[Y])).samples().notes
    assert note.startswith("every row of labels has a single 1: the task is classification; task='multi-label'")
    assert in_memory((X, np.eye(2)[Y]), task="multi-label").samples().notes == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((X[:3], Y), "data: 3 inputs and 4 labels; give one label per input"),
        ((X, Y, [1, 2]), "data: 4 inputs and 2 weights; give one weight per input"),
        ((X, Y, [1, 2, -1, 0]), "a weight is negative or not a number"),
        ((X, Y, ["a"] * 4), r"'weights' are <U1 \(4,\); give one number for each"),
        ((X, [0, 1, None, 1]), "data: 1 of 4 labels are missing; remove those samples"),
        ((X, [0.5, 1, np.nan, 1]), "data: 1 of 4 labels are NaN or infinite; remove those samples"),
        ((X, ["a", 1, "b", 2]), "some labels are strings, others are numbers; use one kind"),
        ((X, [[1], [1, 2], [3], [4]]), "the labels have rows of different lengths"),
        ((X, [[1, 2, 3]] * 4), r"has the shape \(4, 3\); give one label per image or rows of 0 and 1"),
        ((X, np.array([object()] * 4)), "labels are objects of type object"),
        ((X, "abab"), "the labels are a single string, 'abab'"),
        ((X, 3), "the labels are a single value"),
        ((X, None), r"data have no labels: y is None; give \(x, y\)"),
        (X, r"data have no labels: got ndarray of shape \(4, 8, 8\); give a tuple: data=\(x, y\)"),
        ([X, Y], r"data have no labels: got list of 2; give a tuple"),
        ((X, Y, Y, Y), r"data is a tuple of 4; give \(x, y\) or \(x, y, weights\)"),
        ((X[:0], []), "data have no inputs; give at least two per class"),
        ((X.transpose(1, 2, 0)[..., :3][np.newaxis].transpose(0, 3, 1, 2), [0]), "channels come last"),
        ((X.astype(np.int16) - 1, Y), "image values are -1 to 254; pass numbers in 0..255"),
        ((X * np.nan, Y), "images have values that are NaN"),
        ((np.ma.masked_less(X, 9), Y), r"data: x: 9 values of a masked array are masked; replace them, for example"),
        (([*X[:3], np.ma.masked_less(X[3], 200)], Y), r"data: x: 8 values of a masked array are masked"),
        ((X, np.ma.masked_equal([0, 1, 0, 1], 1)), "data: y: 2 values of a masked array are masked"),
        ((X, Y, np.ma.masked_equal([1, 1, 1, 2], 2)), "data: weights: 1 values of a masked array are masked"),
        ((X.astype(complex), Y), "images are of type complex128"),
        (([X[0], X[1], X[2], X[3].reshape(2, 32, 1, 1)], Y), r"image 3 has shape \(2, 32, 1, 1\)"),
        ((["a", "b", 3, "d"], Y), r"some inputs are texts, but data\[2\] is int: 3"),
        ((["a", " ", None, "d"], Y), r"2 of 4 texts are missing or blank, the first: data\[1\]; remove those"),
        ((["a", ("b", "c"), "d", "e"], Y), r"some inputs are texts, but data\[1\] is a pair; use one kind"),
        (([object()] * 4, Y), "no modality takes inputs such as a list of object"),
        ((np.array([object()] * 4), Y), "no modality takes inputs such as a list of object"),
        (("one text", ["a"]), "x is a single string: 'one text'; give a list of inputs"),
        ((Path("cat.png"), ["a"]), "x is a single PosixPath: .*; give a list of inputs"),
        (Path("photos"), r"got PosixPath\('photos'\); did you mean 'images:photos'\?"),
        (3, "data must be a source string such as 'images:photos/', or an object in memory; got an int"),
        (["images:a/", "images:b/"], "data must be one source string; got a list of 2; put all inputs into"),
        ({"train": "images:a/", "test": "images:b/"}, "its 'train' is a source string, 'images:a/'; name one source"),
        ({}, r'data is an empty dict; give {"train": \(x, y\)'),
        ({"train": (X, Y), "tset": (X, Y)}, "key 'tset', not the name of a split; did you mean 'test'"),
        ({"val": (X, Y), "validation": (X, Y)}, "two keys for validation"),
        ({"train": (X, Y), "test": 3}, "split 'test' is an int, but other splits are a tuple; pass one kind"),
        ({"train": (X, Y), "test": (X[:, :4], Y)}, r"shapes \[\(4, 8, 8\), \(4, 4, 8\)\]"),
        ({"train": (X, Y), "test": (X, Y[:2])}, r"data\['test'\]: 4 inputs and 2 labels"),
    ],
)
def test_unusable_data_is_refused_in_one_line(given: Any, said: str) -> None:
    with pytest.raises((DataError, UsageError), match=said) as refused:
        in_memory(given)
    assert "\n" not in str(refused.value)


def test_unknown_options_are_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"the source 'memory:' has no option 'clases'; did you mean 'classes'"):
        in_memory((X, Y), clases=["a", "b"])
    with pytest.raises(UsageError, match="classes= has 'a,b', but commas separate names"):
        in_memory((X, Y), classes=["a,b", "c"])
    with pytest.raises(DataError, match="the inputs are not text: an array uint8"):
        in_memory((X, Y), modality="text")


def test_inputs_without_labels_are_read_where_labels_are_none() -> None:
    from tlzoo.data import UNLABELLED

    for given in (X, list(X), (X, Y)):
        assert in_memory(given, labels="none").samples().task == UNLABELLED


def test_names_of_classes_are_sorted_as_folders_are(tmp_path: Path) -> None:
    names = ["class 10", "Class 2", "class 1", "Class 2"]
    assert in_memory((X, names)).samples().task == Classification(("class 1", "Class 2", "class 10"))
    assert in_memory((X, names)).samples().labels.tolist() == [2, 1, 0, 1]
    np.savez(tmp_path / "set.npz", x=X, y=names)
    assert arrays(str(tmp_path / "set.npz"), {}).fingerprint == in_memory((X, names)).samples().fingerprint


def test_policies_for_empty_cells_are_refused_for_arrays() -> None:
    with pytest.raises(UsageError, match="the source 'memory:' has no option 'missing'"):
        in_memory((X, Y)).samples({"missing": "age=drop"})


def test_options_are_names_lists_or_mappings() -> None:
    with pytest.raises(UsageError, match="classes=2 is not a name; give a string, such as '2', or a list"):
        in_memory((X, Y), classes=2)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="data is not in memory: 'images:photos/' is a source string"):
        in_memory("images:photos/")


@pytest.mark.parametrize("labels", [["a", float("nan"), "b", "a"], np.array(["a", None, "b", "a"], object)])
def test_missing_cells_among_labels_are_missing(labels: Any) -> None:
    with pytest.raises(DataError, match="data: 1 of 4 labels are missing; remove those samples"):
        in_memory((X, labels))


def test_object_arrays_of_numbers_are_arrays_and_a_column_of_strings_is_a_list() -> None:
    assert in_memory((X.astype(object), Y)).source == in_memory((X.astype(int), Y)).source
    column = np.array([["a b"], ["c d"], ["e f"], ["g h"]], object)
    assert in_memory((column, Y)).source == in_memory((column[:, 0].tolist(), Y)).source


def test_splits_of_different_scales_are_refused() -> None:
    for test in (X, X.astype(float)):
        with pytest.raises(DataError, match="images of one split reach to 1, and of another to 255; scale all splits"):
            in_memory({"train": (X / 255, Y), "test": (test, Y)})
    dark = np.zeros_like(X / 255)
    assert in_memory({"train": (X / 255, Y), "test": (dark, Y)}).samples().given["test"].tolist() == [4, 5, 6, 7]
