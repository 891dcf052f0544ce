"""Arrays and the handwritten digits."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tlzoo.data import Pictures, Samples, arrays, digits
from tlzoo.errors import DataError, UsageError
from tlzoo.tasks import Classification, MultiLabel, Regression

X = np.arange(4 * 6, dtype=np.uint8).reshape(4, 2, 3)


def opened(folder: Path, options: dict[str, str] | None = None, **content: Any) -> Samples:
    np.savez(folder / "set.npz", **content)
    return arrays(str(folder / "set.npz"), options or {})


def images_of(samples: Samples, indices: list[int]) -> np.ndarray:
    return np.stack(list(samples.examples.stream(np.asarray(indices)).as_numpy_iterator()))


def test_digits_are_scaled_to_bytes() -> None:
    samples = digits("", {})
    assert len(samples.examples) == 1797
    assert samples.task.classes == tuple("0123456789")
    images = images_of(samples, [5, 0])
    assert images.dtype == np.uint8
    assert images.shape == (2, 8, 8, 1)
    assert images.max() == 255
    assert samples.labels[:3].tolist() == [0, 1, 2]
    assert samples.examples.name(12) == "digits[12]"
    assert samples.fingerprint == digits("", {}).fingerprint
    assert isinstance(samples.examples, Pictures)


def test_digits_take_no_location() -> None:
    with pytest.raises(UsageError, match="no location"):
        digits("x", {})


@pytest.mark.parametrize("keys", [("x", "y"), ("images", "labels")])
def test_images_and_labels(tmp_path: Path, keys: tuple[str, str]) -> None:
    samples = opened(tmp_path, **{keys[0]: X, keys[1]: ["b", "a", "b", "c"]})
    assert samples.task.classes == ("a", "b", "c")
    assert samples.labels.tolist() == [1, 0, 1, 2]
    assert (images_of(samples, [2, 0])[..., 0] == X[[2, 0]]).all()
    assert samples.examples.name(1) == "set.npz[1]"


def test_own_keys(tmp_path: Path) -> None:
    samples = opened(tmp_path, {"images": "data", "labels": "target"}, data=X, target=[0, 1, 0, 1])
    assert samples.labels.tolist() == [0, 1, 0, 1]
    with pytest.raises(DataError, match="did you mean 'data'"):
        opened(tmp_path, {"images": "dat"}, data=X, target=[0, 1, 0, 1])


def test_the_layout_of_keras_sets(tmp_path: Path) -> None:
    samples = opened(tmp_path, x_train=X, y_train=[[3], [5], [3], [5]], x_test=X[:2], y_test=[[3], [5]])
    assert samples.task.classes == ("3", "5")
    assert {name: part.tolist() for name, part in samples.given.items()} == {"train": [0, 1, 2, 3], "test": [4, 5]}


@pytest.mark.parametrize(
    ("images", "first"),
    [
        (np.full((2, 1, 1), 0.5), 128),
        (np.array([0.0, 254.6]).reshape(2, 1, 1)[::-1], 255),
        (np.array([1, 0]).reshape(2, 1, 1), 1),
        (np.array([True, False]).reshape(2, 1, 1), 255),
        (np.full((2, 1, 1, 3), 7, np.int64), 7),
    ],
)
def test_the_rule_of_ranges(tmp_path: Path, images: np.ndarray, first: int) -> None:
    got = images_of(opened(tmp_path, x=images, y=[0, 1]), [0])
    assert got.dtype == np.uint8
    assert got.flat[0] == first


def test_named_classes(tmp_path: Path) -> None:
    samples = opened(tmp_path, x=X, y=[1, 0, 1, 2], classes=["zebra", "ape", "cat"])
    assert samples.task.classes == ("zebra", "ape", "cat")
    assert samples.labels.tolist() == [1, 0, 1, 2]
    assert opened(tmp_path, x=X, y=["b", "a", "b", "a"], classes=["b", "a"]).labels.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"x": X}, "has the arrays"),
        ({"x": X, "y": [0, 1]}, "4 images in 'x', 2 labels in 'y'"),
        ({"x": X[0, 0], "y": [0, 1, 0]}, "shapes"),
        ({"x": np.zeros((2, 4, 4, 2), np.uint8), "y": [0, 1]}, "shapes"),
        ({"x": X[:0], "y": np.zeros(0, int)}, "no inputs"),
        ({"x": X.astype(float) - 1, "y": [0, 1, 0, 1]}, "values are -1.0"),
        ({"x": np.full((2, 1, 1), np.nan), "y": [0, 1]}, "values that are NaN"),
        ({"x": X.astype(str), "y": [0, 1, 0, 1]}, "of type"),
        ({"x": X, "y": [[0, 1], [2, 0], [0, 0], [1, 1]]}, "task=regression"),
        ({"x": X, "y": [0.5, 1, np.nan, 1]}, "missing or infinite"),
        ({"x": X, "y": [0, 1, 0, 1], "weights": [1, 2]}, "one number for each of the 4 images"),
        ({"x": X, "y": [[0, 1], [1, 1], [0, 0], [1, 1]], "classes": ["a"]}, "1 different names for 2 columns"),
        ({"x": X, "y": [0, 1, 0, 9], "classes": ["a", "b"]}, "'classes' has 2 names"),
        ({"x": X, "y": ["a", "b", "a", "bb"], "classes": ["a", "b"]}, "not in 'classes'"),
        ({"x": X, "y": np.array([0, 1, None, 1], object)}, "Python objects"),
    ],
)
def test_wrong_content_is_refused_with_a_fix(tmp_path: Path, content: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        opened(tmp_path, **content)
    assert caught.value.fix


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "set.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"cannot be read as \.npz"):
        arrays(str(tmp_path / "set.npz"), {})


def test_a_missing_file_and_a_single_array_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        arrays(str(tmp_path / "none.npz"), {})
    np.save(tmp_path / "one.npy", X)
    with pytest.raises(DataError, match="single array"):
        arrays(str(tmp_path / "one.npy"), {})


def test_importing_data_leaves_tensorflow_alone() -> None:
    code = "import sys, tlzoo.data; sys.exit('tensorflow' in sys.modules or 'sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_rows_of_0_and_1_are_several_labels(tmp_path: Path) -> None:
    samples = opened(tmp_path, x=X, y=[[0, 1], [1, 1], [0, 0], [1, 0]], classes=["red", "round"])
    assert samples.task == MultiLabel(("red", "round"))
    assert samples.labels.tolist() == [[0, 1], [1, 1], [0, 0], [1, 0]]


def test_fractions_are_numbers_to_predict(tmp_path: Path) -> None:
    samples = opened(tmp_path, x=X, y=[0.5, 1, 0, 1], weights=[1, 1, 2, 0])
    assert samples.task == Regression(("target",))
    assert samples.labels.tolist() == [[0.5], [1], [0], [1]]
    assert samples.weights is not None
    assert samples.weights.tolist() == [1, 1, 2, 0]
    assert opened(tmp_path, x=X, y=np.eye(4) / 2).task == Regression(tuple(f"target {each}" for each in range(1, 5)))


def test_the_task_can_be_given(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=X, y=[18, 40, 33, 18])
    assert arrays(str(tmp_path / "a.npz"), {"task": "regression"}).task == Regression(("target",))
    np.savez(tmp_path / "a.npz", x=X, y=np.eye(4, dtype=int))
    assert arrays(str(tmp_path / "a.npz"), {"task": "multi-label"}).task.outputs == 4
    with pytest.raises(UsageError, match="did you mean 'regression'"):
        arrays(str(tmp_path / "a.npz"), {"task": "regresion"})


def test_a_blank_label_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros((3, 2, 2), np.uint8), y=np.array(["a", " ", "b"]))
    with pytest.raises(DataError, match="blank labels: 1"):
        arrays(str(path), {})


def test_one_hot_rows_are_exclusive_classes_unless_the_task_is_given(tmp_path: Path) -> None:
    rows = np.eye(4)[[1, 0, 3, 2]]
    samples = opened(tmp_path, x=X, y=rows, classes=list("abcd"))
    assert samples.task == Classification(("a", "b", "c", "d"))
    assert samples.labels.tolist() == [1, 0, 3, 2]
    assert "the task is classification; '?task=multi-label'" in samples.notes[0]
    apart = arrays(str(tmp_path / "set.npz"), {"task": "multi-label"})
    assert (apart.task.kind, apart.notes) == ("multi-label", ())


def member(name: str, content: bytes) -> bytes:
    """Return an archive with one member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def header(shape: tuple[int, ...]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def hostile(kind: str) -> bytes:
    """Return an archive with arrays ``x`` and ``y`` of which one cannot be what it says."""
    good = io.BytesIO()
    np.savez_compressed(good, x=X, y=[0, 1, 0, 1])
    content = bytearray(good.getvalue())
    if kind == "claims":
        return member("x.npy", header((10**5, 10**5, 10**4)) + b"zero")
    if kind == "encrypted":
        for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = -1
            while (at := content.find(magic, at + 1)) >= 0:
                content[at + place] |= 1
    elif kind == "deflate":
        at = content.index(b"x.npy") + 5 + int.from_bytes(content[28:30], "little")
        content[at : at + 20] = b"\xff" * 20
    elif kind == "method":
        for magic, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            at = content.index(magic)
            content[at + place] = 99
    elif kind == "header":
        return member("x.npy", b"\x93NUMPY\1\0\x10\0{'descr': (((((((")
    return bytes(content)


@pytest.mark.parametrize("kind", ["claims", "encrypted", "deflate", "method", "header"])
def test_a_hostile_archive_ends_in_a_line(tmp_path: Path, kind: str) -> None:
    (tmp_path / "set.npz").write_bytes(hostile(kind))
    with pytest.raises(DataError, match=r"cannot be read as \.npz|has the arrays \['x'\]"):
        arrays(str(tmp_path / "set.npz"), {"images": "x", "labels": "x"} if kind == "claims" else {})


def test_a_header_that_claims_91_tib_takes_no_memory(tmp_path: Path) -> None:
    (tmp_path / "set.npz").write_bytes(hostile("claims"))
    with pytest.raises(DataError, match="declares 100,000,000,000,000 bytes, but the file has at most"):
        arrays(str(tmp_path / "set.npz"), {"images": "x", "labels": "x"})


def test_channels_first_is_refused_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"channels come last: use images.transpose\(0, 2, 3, 1\)"):
        opened(tmp_path, images=np.zeros((4, 3, 8, 8), np.uint8), labels=np.arange(4) % 2)
