"""What ``inspect`` finds, in Python and in the shell."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tlzoo.cli import main
from tlzoo.data import Duplicates, ImageFacts, Spread, arrays, images, inspect


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two declared splits of two classes, with a copy across splits and one across classes."""
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "photos"
    for number, name in enumerate(["train/cat/1.png", "train/cat/2.jpg", "train/dog/1.png", "test/cat/1.png"]):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4 + number, 8), number * 999).save(folder / name)
    shutil.copy(folder / "train/cat/1.png", folder / "test/cat/copy.png")
    (folder / "test/dog").mkdir()
    shutil.copy(folder / "train/cat/2.jpg", folder / "test/dog/9.jpg")
    (folder / "train/dog/bad.png").write_bytes(b"")
    return folder


def test_counts_sizes_formats_and_duplicates(photos: Path) -> None:
    found = inspect(images(str(photos), {}))
    assert found.samples == 6
    assert [(each.name, each.samples, each.given) for each in found.classes] == [
        ("cat", 4, {"train": 2, "test": 2}),
        ("dog", 2, {"train": 1, "test": 1}),
    ]
    assert found.given == {"train": 3, "test": 3}
    assert isinstance(found.inputs, ImageFacts)
    assert found.inputs.height == Spread(8, 8.0, 8)
    assert found.inputs.width == Spread(4, 5.0, 7)
    assert found.inputs.formats == {"PNG": 4, "JPEG": 2}
    copy = Duplicates((f"{photos}/train/cat/1.png", f"{photos}/test/cat/copy.png"), ("cat",), ("train", "test"))
    other = Duplicates((f"{photos}/train/cat/2.jpg", f"{photos}/test/dog/9.jpg"), ("cat", "dog"), ("train", "test"))
    assert found.duplicates == (copy, other)
    assert found.mislabelled == (other,)
    assert found.leaks == (copy, other)
    assert found.notes == ("class 'dog' has only 1 sample, none in validation",)


def test_untrainable_data_names_the_reason(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", x=np.zeros((3, 2, 2), np.uint8), y=[1, 1, 1])
    found = inspect(arrays(str(tmp_path / "one.npz"), {}))
    assert found.problem is not None
    assert "one class, '1'" in found.problem
    assert [len(each.samples) for each in found.duplicates] == [3]


def test_the_command_prints_one_json_value(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "inspect", f"images:{photos}", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["samples"] == 6
    assert value["classes"][1] == {"name": "dog", "samples": 2, "given": {"train": 1, "test": 1}}
    assert value["set_aside"] == [
        {"name": f"{photos}/train/dog/bad.png", "reason": "the file is empty; restore or delete it"}
    ]
    assert value["problem"] is None


def test_the_command_prints_a_table(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "inspect", f"images:{photos}"]) == 0
    printed = capsys.readouterr()
    assert "6 samples in 2 classes (vision, classification)" in printed.out
    assert ["cat", "4", "2", "2"] in [line.split() for line in printed.out.splitlines()]
    assert "labelled cat and dog" in printed.err
    assert main(["data", "inspect", f"images:{photos}", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_wrong_sources_end_with_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "inspect", "photos/"]) == 2
    assert capsys.readouterr().err.startswith("tlzoo: source 'photos/' has no scheme; did you mean 'images:photos/'?")
    assert main(["data", "inspect", f"images:{tmp_path / 'none'}"]) == 1
    assert main(["data", "inspect", "image:photos/"]) == 2
    assert "did you mean 'images'?" in capsys.readouterr().err
