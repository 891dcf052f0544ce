"""``keras:NAME``: files in the formats of the real ones, made here, with hashes of their own."""

from __future__ import annotations

import gzip
import importlib.util
import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_sets import archive, place, python2_pickle

from tlzoo.artifacts import using
from tlzoo.data import keras_sets
from tlzoo.data.adapters.keras_datasets.catalog import KNOWN
from tlzoo.errors import BytesRefusedError, DataError, FetchError, UsageError

RANDOM = np.random.default_rng(3)
PLANES = RANDOM.integers(0, 256, (4, 3, 32, 32), np.uint8)
GREY = RANDOM.integers(0, 256, (5, 28, 28), np.uint8)
Put = Callable[..., None]


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Put:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return lambda name, *contents: place(monkeypatch, tmp_path / "keras", name, *contents)


def cifar10(**instead: Any) -> bytes:
    flat = PLANES.reshape(4, -1)
    batches = {
        f"data_batch_{n}": {b"labels": [0, 1, 1, n % 3], b"data": flat, b"batch_label": b"x"} for n in range(1, 6)
    }
    meta = {b"label_names": [b"airplane", b"automobile", b"bird"], b"num_vis": 3072}
    test = {b"labels": [2, 2, 0, 1], b"data": np.asfortranarray(flat[::-1])}
    return archive("cifar-10-batches-py", batches | {"test_batch": test, "batches.meta": meta} | instead)


def images_of(samples, indices: list[int]) -> np.ndarray:
    return np.stack(list(samples.examples.stream(np.asarray(indices)).as_numpy_iterator()))


def test_cifar10(put: Put) -> None:
    put("cifar10", cifar10())
    samples = keras_sets("cifar10", {})
    assert samples.task.classes == ("airplane", "automobile", "bird")
    assert samples.labels.tolist() == [0, 1, 1, 1, 0, 1, 1, 2, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 2, 2, 2, 0, 1]
    assert {name: (part[0], part[-1]) for name, part in samples.given.items()} == {"train": (0, 19), "test": (20, 23)}
    assert np.array_equal(images_of(samples, [1, 20]), PLANES[[1, 3]].transpose(0, 2, 3, 1))


def test_images_equal_those_of_keras(put: Put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from keras.src.datasets.cifar import load_batch

    batch = tmp_path / "batch"
    batch.write_bytes(python2_pickle({b"labels": [0, 1, 1, 2], b"data": PLANES.reshape(4, -1)}))
    data, labels = load_batch(str(batch))
    assert np.array_equal(data, PLANES)
    assert labels == [0, 1, 1, 2]


@pytest.mark.parametrize(("options", "classes"), [({}, ("apple", "bee")), ({"labels": "coarse"}, ("thing",))])
def test_cifar100_has_fine_labels_and_coarse_ones(put: Put, options: dict[str, str], classes: tuple[str, ...]) -> None:
    part = {b"fine_labels": [0, 1, 1, 0], b"coarse_labels": [0, 0, 0, 0], b"data": PLANES.reshape(4, -1)}
    meta = {b"fine_label_names": [b"apple", b"bee"], b"coarse_label_names": [b"thing"]}
    put("cifar100", archive("cifar-100-python", {"train": part, "test": part, "meta": meta}))
    samples = keras_sets("cifar100", options)
    assert samples.task.classes == classes
    assert len(samples.given["test"]) == 4


def test_mnist(put: Put) -> None:
    stream = io.BytesIO()
    np.savez(stream, x_train=GREY, y_train=np.arange(5, dtype=np.uint8), x_test=GREY[:2], y_test=np.uint8([9, 8]))
    put("mnist", stream.getvalue())
    samples = keras_sets("mnist", {})
    assert samples.task.classes == tuple("0123456789")
    assert samples.labels.tolist() == [0, 1, 2, 3, 4, 9, 8]
    assert np.array_equal(images_of(samples, [6])[0, ..., 0], GREY[1])


def idx(values: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return gzip.compress(b"\x00\x00\x08" + bytes([values.ndim]) + sizes + values.tobytes())


def test_fashion_mnist(put: Put) -> None:
    put("fashion_mnist", idx(GREY), idx(np.arange(5, dtype=np.uint8)), idx(GREY[:2]), idx(np.uint8([9, 0])))
    samples = keras_sets("fashion_mnist", {})
    assert samples.task.classes[9] == "Ankle boot"
    assert samples.labels.tolist() == [0, 1, 2, 3, 4, 9, 0]
    assert np.array_equal(images_of(samples, [2])[0, ..., 0], GREY[2])


def test_the_published_hashes_are_those_in_the_source_of_keras() -> None:
    folder = Path(importlib.util.find_spec("keras").origin).parent / "src" / "datasets"
    for name in ("cifar10", "cifar100", "mnist"):
        source = (folder / f"{name}.py").read_text()
        for kept, file in KNOWN[name].files.items():
            assert file.hash.removeprefix("sha256:") in source
            assert file.source.rpartition("/")[2] in source
            assert kept.removesuffix("_archive") in source


def test_a_missing_file_is_named_with_its_origin_hash_and_places(put: Put, tmp_path: Path) -> None:
    with using(offline=True), pytest.raises(FetchError) as caught:
        keras_sets("cifar10", {})
    said = str(caught.value)
    assert "keras:cifar10: cifar-10-python.tar.gz is not on this machine" in said
    assert "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz (sha256:6d958be0" in said
    assert (
        f"put it into Keras's cache at {tmp_path / 'keras' / 'datasets' / 'cifar-10-batches-py-target_archive'}" in said
    )


def test_a_missing_file_is_fetched(put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("cifar10", cifar10())
    (kept,) = (tmp_path / "keras" / "datasets").iterdir()
    (file,) = KNOWN["cifar10"].files.values()
    mirrored = tmp_path / "mirror" / file.hash.replace(":", "-") / "cifar-10-python.tar.gz"
    mirrored.parent.mkdir(parents=True)
    kept.rename(mirrored)
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))
    with using(offline=True, mirrors=(mirrored.parents[1].as_uri(),)):
        assert len(keras_sets("cifar10", {}).labels) == 24
    mirrored.unlink()
    assert len(keras_sets("cifar10", {}).labels) == 24
    assert not kept.exists()


def test_other_bytes_are_refused_before_they_are_opened(put: Put, tmp_path: Path) -> None:
    put("cifar10", cifar10())
    (tmp_path / "keras" / "datasets" / "cifar-10-batches-py-target_archive").write_bytes(b"not even an archive")
    with pytest.raises(BytesRefusedError, match="not the declared sha256"):
        keras_sets("cifar10", {})


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("/tmp/evil"),))


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        (pickle.dumps(Evil(), protocol=2), "test_batch refers to"),
        (b"cos\nsystem\n(S'true'\ntR.", "test_batch refers to os.system"),
        (b"cbuiltins\neval\n(S'1'\ntR.", "test_batch refers to builtins.eval"),
        (b"no pickle", "is not a CIFAR pickle"),
        (b"\x80\x02U\x01a.", "is not a dictionary"),
        ({b"labels": [0, 1]}, "no array of bytes"),
        ({b"labels": [0, 1, 1, 9], b"data": PLANES.reshape(4, -1)}, "4 labels for 12,288 bytes"),
        ({b"labels": [0, 1], b"data": PLANES.reshape(4, -1)}, "2 labels for 12,288 bytes"),
        ({b"labels": [0, b"1", 1, 1], b"data": PLANES.reshape(4, -1)}, "no numbers under 'labels'"),
        ({b"labels": [0, 1, 1, 0], b"data": PLANES.reshape(4, -1).astype("i4")}, "an array that is not of bytes"),
    ],
)
def test_an_invalid_batch_is_refused_without_running_code(put: Put, batch: Any, said: str) -> None:
    put("cifar10", cifar10(test_batch=batch))
    with pytest.raises(DataError, match=said):
        keras_sets("cifar10", {})


def test_an_archive_that_lacks_a_batch_is_refused(put: Put) -> None:
    put("cifar10", archive("cifar-10-batches-py", {"test_batch": {}}))
    with pytest.raises(DataError, match=r"lacks batches\.meta, data_batch_1"):
        keras_sets("cifar10", {})


@pytest.mark.parametrize(
    "content",
    [b"not a gzip", gzip.compress(b""), gzip.compress(b"\x00\x00\x08\x03\x00"), idx(GREY)[:-20], idx(GREY[0])],
    ids=["not a gzip", "nothing", "a head cut short", "an archive cut short", "two dimensions"],  # gzip writes the time
)
def test_an_invalid_idx_file_is_refused(put: Put, content: bytes) -> None:
    put("fashion_mnist", content, idx(np.arange(5, dtype=np.uint8)), idx(GREY), idx(np.arange(5, dtype=np.uint8)))
    with pytest.raises(DataError, match="keras:fashion_mnist"):
        keras_sets("fashion_mnist", {})


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("cifar11", {}, "no data set 'cifar11' in 'keras:'; did you mean 'cifar10'"),
        ("mnist", {"labels": "fine"}, "labels"),
        ("imdb", {}, "keras:imdb cannot be read: its file has word indices.*tfds:imdb_reviews"),
        ("reuters", {}, "keras:reuters cannot be read: .* use a table: of the texts"),
        ("cifar10", {"labels": "coarse"}, "labels"),
    ],
)
def test_unknown_names_are_refused(name: str, options: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        keras_sets(name, options)


def test_unknown_labels_are_refused(put: Put) -> None:
    put("cifar100", b"")
    with pytest.raises(UsageError, match="no labels 'coars'; did you mean 'coarse'"):
        keras_sets("cifar100", {"labels": "coars"})
