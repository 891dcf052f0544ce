"""Sets in the formats of Hugging Face and of TensorFlow Datasets, written by these libraries, read offline."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_progress import Telling
from PIL import Image

from tlzoo.data import Samples, hf, tfds
from tlzoo.data.adapters.prepared.tfds import _folder, _refuse_foreign_classes
from tlzoo.errors import BytesRefusedError, DataError, UsageError
from tlzoo.tasks import Classification, MultiLabel, Regression


def rows(count: int) -> Iterator[dict[str, Any]]:
    for at in range(count):
        picture = np.full((8, 9, 3), at * 9, np.uint8)
        yield {"text": f"t{at} é", "label": at % 2, "tags": [0, 1][: at % 3], "image": picture, "score": at / 2}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One set as ``datasets`` writes it: with splits, without, and as Parquet files."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import datasets
    from datasets import ClassLabel, Features, Sequence, Value

    datasets.disable_progress_bars()
    features = Features(
        text=Value("string"),
        label=ClassLabel(names=["neg", "pos"]),
        tags=Sequence(ClassLabel(names=["a", "b"])),
        image=datasets.Image(),
        score=Value("float32"),
    )
    parts = {
        name: datasets.Dataset.from_list(
            [row | {"image": Image.fromarray(row["image"])} for row in rows(count)], features=features
        )
        for name, count in (("train", 6), ("test", 3), ("unsupervised", 2))
    }
    folder = tmp_path_factory.mktemp("saved")
    datasets.DatasetDict(parts).save_to_disk(folder / "splits")
    parts["train"].save_to_disk(folder / "one", num_shards=2)
    (folder / "files" / "data").mkdir(parents=True)
    for name in ("train", "test"):
        parts[name].to_parquet(folder / "files" / "data" / f"{name}-00000-of-00001.parquet")
    (folder / "files" / "files.py").write_text("raise SystemExit('this must never run')")
    return folder


def texts(samples: Samples) -> list[str]:
    return [each.decode() for each in samples.examples.stream(np.arange(len(samples.examples))).as_numpy_iterator()]


@pytest.mark.parametrize(("name", "total"), [("splits", 0), ("files", 9)])
def test_progress_is_one_piece_of_work_over_all_parts(saved: Path, name: str, total: int) -> None:
    telling = Telling()
    hf(str(saved / name), {"text": "text", "label": "label"}, progress=telling)
    assert telling.tracked == [("reading", total, "rows", 9)]


@pytest.mark.parametrize("name", ["splits", "files"])
def test_a_prepared_set_keeps_its_splits_and_class_names(saved: Path, name: str) -> None:
    samples = hf(str(saved / name), {"text": "text", "label": "label"})
    assert samples.task == Classification(("neg", "pos"))
    assert {split: len(part) for split, part in samples.given.items()} == {"train": 6, "test": 3}
    assert [texts(samples)[at] for at in samples.given["test"]] == ["t0 é", "t1 é", "t2 é"]
    assert samples.labels[samples.given["train"]].tolist() == [0, 1, 0, 1, 0, 1]


def test_a_set_without_splits_of_several_files_is_split_by_tlzoo(saved: Path) -> None:
    samples = hf(str(saved / "one"), {"text": "text", "label": "label"})
    assert texts(samples) == [f"t{at} é" for at in range(6)]
    assert samples.given == {}


@pytest.mark.parametrize("name", ["splits", pytest.param("files", marks=pytest.mark.slow)])
def test_pictures_within_the_files_and_lists_of_labels_are_read(saved: Path, name: str) -> None:
    samples = hf(str(saved / name), {"image": "image", "label": "tags", "labels": ","})
    assert samples.task == MultiLabel(("a", "b"))
    first = int(samples.given["train"][2])
    assert samples.labels[first].tolist() == [1, 1]
    (picture,) = samples.examples.stream(np.array([first])).as_numpy_iterator()
    assert (picture == 18).all()
    assert picture.shape == (8, 9, 3)
    assert samples.examples.formats == {"PNG": 9}


def test_the_same_contents_have_the_same_digests(saved: Path) -> None:
    options = {"text": "text", "label": "label"}
    whole, one = (hf(str(saved / name), options) for name in ("splits", "one"))
    assert (whole.digests[whole.given["train"]] == one.digests).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "state.json").write_text("[]"), "state.json has no JSON object"),
        (lambda folder: (folder / "state.json").write_text("{"), "state.json cannot be read"),
        (lambda folder: next(folder.glob("*.arrow")).write_bytes(b"no arrow"), "cannot be read"),
        (lambda folder: next(folder.glob("*.arrow")).unlink(), "cannot be read"),
    ],
)
def test_a_damaged_data_set_is_reported(saved: Path, tmp_path: Path, change, said: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(saved / "one", folder)
    change(folder)
    with pytest.raises(DataError, match=said):
        hf(str(folder), {"text": "text", "label": "label"})


def test_a_file_elsewhere_is_never_read(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(saved / "one", folder)
    state = json.loads((folder / "state.json").read_text())
    secret = next((saved / "splits" / "test").glob("*.arrow"))
    state["_data_files"] = [{"filename": os.path.relpath(secret, folder).replace(secret.name, "other.arrow")}]
    shutil.copy(secret, secret.with_name("other.arrow"))
    (folder / "state.json").write_text(json.dumps(state))
    with pytest.raises(DataError, match=r"copy/other\.arrow cannot be read"):
        hf(str(folder), {"text": "text", "label": "label"})


def test_folders_without_a_data_set_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not download"):
        hf(str(tmp_path / "imdb"), {})
    with pytest.raises(DataError, match="has neither a data set written by save_to_disk nor Parquet files"):
        hf(str(tmp_path), {})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sets as TensorFlow Datasets prepares them: ``tiny`` 1.0.0."""
    import tensorflow_datasets as library

    folder = tmp_path_factory.mktemp("prepared")
    features = library.features.FeaturesDict(
        {
            "text": library.features.Text(),
            "label": library.features.ClassLabel(names=["neg", "pos"]),
            "tags": library.features.Sequence(library.features.ClassLabel(names=["a", "b"])),
            "image": library.features.Image(shape=(None, None, 3)),
            "score": np.float32,
        }
    )
    library.dataset_builders.store_as_tfds_dataset(
        name="tiny",
        version="1.0.0",
        features=features,
        split_datasets={"train": list(enumerate(rows(6))), "test": list(enumerate(rows(3)))},
        data_dir=folder,
        disable_shuffling=True,
    )
    return folder


def test_the_latest_version_of_a_prepared_set_is_opened(tmp_path: Path) -> None:
    for version in ("9.0.0", "10.0.0", "10.0.0-beta", "latest"):
        (tmp_path / "tiny" / version).mkdir(parents=True)
        (tmp_path / "tiny" / version / "dataset_info.json").touch()
    assert _folder("tiny", str(tmp_path)).name == "10.0.0"
    assert _folder("tiny:9.0.0", str(tmp_path)).name == "9.0.0"


@pytest.mark.slow
def test_a_prepared_set_is_opened_by_folder_or_by_name(prepared: Path) -> None:
    options = {"text": "text", "label": "label"}
    samples = tfds(str(prepared / "tiny" / "1.0.0"), options)
    assert samples.task == Classification(("neg", "pos"))
    assert texts(samples) == [f"t{at} é" for at in (0, 1, 2, 3, 4, 5, 0, 1, 2)]
    assert samples.given["test"].tolist() == [6, 7, 8]
    for name in ("tiny", "tiny:1.0.0"):
        assert tfds(name, options | {"data_dir": str(prepared)}).fingerprint == samples.fingerprint


@pytest.mark.slow
def test_pictures_numbers_and_lists_of_a_prepared_set_are_read(prepared: Path) -> None:
    samples = tfds("tiny", {"data_dir": str(prepared), "image": "image", "target": "score"})
    assert samples.task == Regression(("score",))
    assert samples.labels[:4, 0].tolist() == [0, 0.5, 1, 1.5]
    (picture,) = samples.examples.stream(np.array([3])).as_numpy_iterator()
    assert (picture == 27).all()
    tagged = tfds("tiny", {"data_dir": str(prepared), "text": "text", "label": "tags", "labels": ","})
    assert tagged.labels[:3].tolist() == [[0, 0], [1, 0], [1, 1]]


@pytest.mark.slow
def test_the_default_columns_are_those_of_the_data_set(prepared: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(prepared / "tiny" / "1.0.0", copy)
    about = json.loads((copy / "dataset_info.json").read_text())
    about["supervisedKeys"] = {"tuple": {"items": [{"featureKey": "image"}, {"featureKey": "label"}]}}
    (copy / "dataset_info.json").write_text(json.dumps(about))
    samples = tfds(str(copy), {})
    assert samples.examples.modality == "vision"
    assert samples.task == Classification(("neg", "pos"))


@pytest.mark.slow
def test_a_set_that_names_code_from_elsewhere_is_refused(prepared: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(prepared / "tiny" / "1.0.0", copy)
    text = (copy / "features.json").read_text()
    (copy / "features.json").write_text(text.replace("tensorflow_datasets.core.features.text_feature", "antigravity"))
    with pytest.raises(BytesRefusedError, match=r"names the class 'antigravity\.Text'"):
        tfds(str(copy), {"text": "text", "label": "label"})


@pytest.mark.slow
def test_an_unprepared_data_set_is_reported(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"has no prepared data set 'tny'; .*; did you mean 'tiny'\?"):
        tfds("tny", {"data_dir": str(prepared)})
    with pytest.raises(DataError, match=r"'tiny' has no version '2\.0\.0'"):
        tfds("tiny:2.0.0", {"data_dir": str(prepared)})
    with pytest.raises(DataError, match=r"has no dataset_info\.json; tlzoo does not download"):
        tfds("mnist", {})
    with pytest.raises(UsageError, match="which column is the input"):
        tfds("tiny", {"data_dir": str(prepared)})
    monkeypatch.setattr(import_module("tlzoo.data.adapters.prepared.tfds"), "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"'tfds:' needs TensorFlow Datasets; install tlzoo\[tfds\]"):
        tfds("tiny", {"data_dir": str(prepared)})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("state.json", '{"_data_files": 7}'),
        ("state.json", '{"_data_files": ["a", {"filename": [1]}]}'),
        ("state.json", "[" * 100_000),
        ("dataset_dict.json", '{"splits": 7}'),
        ("dataset_dict.json", "[" * 100_000),
    ],
)
def test_a_set_of_another_shape_is_refused(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError):
        hf(str(tmp_path), {"text": "text", "label": "label"})


@pytest.mark.parametrize("features", ["[]", '{"info": {"features": ["label"]}}', '{"info": []}', "[" * 100_000])
def test_features_of_another_shape_name_no_classes(tmp_path: Path, features: str) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({"text": ["a", "b"], "label": ["x", "y"]}).replace_schema_metadata({"huggingface": features})
    parquet.write_table(table, tmp_path / "train.parquet")
    assert hf(str(tmp_path), {"text": "text", "label": "label"}).task.names == ("x", "y")


@pytest.mark.parametrize(
    "features",
    [
        {"python_class_name": "antigravity.Text"},
        {"featuresDict": {"features": {"text": {"python_class_name": "antigravity.Text"}}}},
        {"type": "tensorflow_datasets.x.Y", "proto_cls": "z", "content": ' {"python_class_name": "antigravity.Text"}'},
        {"pythonClassName": "tensorflow_datasets.x.Y", "jsonFeature": {"json": '[{"type": "antigravity.Text"}]'}},
    ],
    ids=["other spelling", "within", "text", "JSON"],
)
def test_a_class_from_elsewhere_is_found_in_every_spelling(tmp_path: Path, features: dict[str, Any]) -> None:
    (tmp_path / "features.json").write_text(json.dumps(features))
    with pytest.raises(BytesRefusedError, match=r"names the class 'antigravity\.Text'"):
        _refuse_foreign_classes(tmp_path)
