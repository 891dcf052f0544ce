"""A file of weights holds arrays alone; what reaches out of it, or runs code, is refused before a loader sees it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from tlzoo.artifacts import resolve
from tlzoo.errors import BytesRefusedError


def external_link(file: h5py.File) -> None:
    file["layer/kernel"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(file: h5py.File) -> None:
    file["layer/kernel"] = h5py.SoftLink("/elsewhere")


def external_array(file: h5py.File) -> None:
    file.create_dataset("kernel", (6,), "u1", external=[("/etc/hostname", 0, 6)])


def virtual_array(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "kernel", (4,))
    file.create_virtual_dataset("kernel", layout)


def references(file: h5py.File) -> None:
    file.create_dataset("kernel", (2,), dtype=h5py.ref_dtype)


def ragged(file: h5py.File) -> None:
    file.create_dataset("kernel", (2,), dtype=h5py.vlen_dtype(np.int32))


def whole_model(file: h5py.File) -> None:
    file.attrs["model_config"] = "{}"


def named_type(file: h5py.File) -> None:
    file["kernel"] = np.dtype("f4")


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (external_link, "has a link at /layer/kernel"),
        (soft_link, "has a link at /layer/kernel"),
        (external_array, "reads /kernel from another file"),
        (virtual_array, "reads /kernel from another file"),
        (references, "has objects at /kernel"),
        (ragged, "has objects at /kernel"),
        (whole_model, "is a whole model, not only weights"),
        (named_type, "has neither an array nor a group at /kernel"),
    ],
)
@pytest.mark.parametrize("suffix", [".h5", ".weights.h5"])
def test_more_than_weights_is_refused(
    cache: Path, tmp_path: Path, an_entry, build: Callable[[h5py.File], None], said: str, suffix: str
) -> None:
    path = tmp_path / f"net{suffix}"
    with h5py.File(path, "w") as file:
        build(file)
    with pytest.raises(BytesRefusedError, match=said):
        resolve(an_entry(f"file:{path}"))


@pytest.mark.parametrize("size", [512, 8192, 16384, 2**20])
def test_weights_behind_any_user_block_are_looked_through(cache: Path, tmp_path: Path, an_entry, size: int) -> None:
    path = tmp_path / "net.h5"
    with h5py.File(path, "w", userblock_size=size) as file:
        external_link(file)
    with pytest.raises(BytesRefusedError, match="has a link at /layer/kernel"):
        resolve(an_entry(f"file:{path}"))


@pytest.mark.parametrize("inside", [False, True], ids=["a file", "in a folder"])
def test_weights_in_a_keras_file_are_looked_through(cache: Path, tmp_path: Path, an_entry, *, inside: bool) -> None:
    folder = tmp_path / "preset"
    folder.mkdir()
    with h5py.File(tmp_path / "linked.h5", "w") as file:
        external_link(file)
    with zipfile.ZipFile(folder / "net.keras", "w") as archive:
        archive.writestr("config.json", "{}")
        archive.write(tmp_path / "linked.h5", "model.weights.h5")
    with pytest.raises(BytesRefusedError, match="has a link at /layer/kernel"):
        resolve(an_entry(f"file:{folder if inside else folder / 'net.keras'}"))


def test_a_list_of_other_files_of_weights_is_refused(cache: Path, tmp_path: Path, an_entry) -> None:
    (tmp_path / "net.weights.json").write_text('{"weight_map": {"/a": "../../elsewhere.weights.h5"}}')
    with pytest.raises(BytesRefusedError, match="refers to other weight files"):
        resolve(an_entry(f"file:{tmp_path / 'net.weights.json'}"))


@pytest.mark.parametrize("name", ["net.weights.h5", "net.h5"])
def test_weights_of_keras_are_not_refused(cache: Path, tmp_path: Path, an_entry, name: str) -> None:
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.BatchNormalization()])
    if name == "net.h5":  # the older layout, by the order of layers
        from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

        with h5py.File(tmp_path / name, "w") as file:
            save_weights_to_hdf5_group(file, network)
    else:
        network.save_weights(tmp_path / name)
    assert resolve(an_entry(f"file:{tmp_path / name}"))


def test_a_group_that_holds_itself_has_an_end(cache: Path, tmp_path: Path, an_entry) -> None:
    with h5py.File(tmp_path / "net.h5", "w") as file:
        group = file.create_group("a")
        group["b"] = group
        file.create_dataset("a/kernel", data=np.ones(3), compression="gzip", shuffle=True)
    assert resolve(an_entry(f"file:{tmp_path / 'net.h5'}"))


def test_a_weights_file_in_a_folder_is_inspected(cache: Path, tmp_path: Path, an_entry) -> None:
    (tmp_path / "preset").mkdir()
    with h5py.File(tmp_path / "preset/model.weights.h5", "w") as file:
        external_link(file)
    with pytest.raises(BytesRefusedError, match="has a link"):
        resolve(an_entry(f"file:{tmp_path / 'preset'}"))


def test_a_damaged_one_is_refused(cache: Path, tmp_path: Path, an_entry) -> None:
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file["kernel"] = np.ones(1000)
    data = (tmp_path / "net.h5").read_bytes()
    (tmp_path / "net.h5").write_bytes(data[: len(data) // 2])
    with pytest.raises(BytesRefusedError, match="is damaged"):
        resolve(an_entry(f"file:{tmp_path / 'net.h5'}"))


@pytest.mark.parametrize("name", ["net.pkl", "net.pickle", "net.joblib", "net.pt", "NET.PTH"])
def test_pickles_are_refused(cache: Path, tmp_path: Path, an_entry, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(BytesRefusedError, match="is a pickle, which runs code"):
        resolve(an_entry(f"file:{tmp_path / name}"))
