"""``boxes:`` reads COCO, Pascal VOC and YOLO, and refuses what does not fit in one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tlzoo.data import in_memory
from tlzoo.errors import DataError, UsageError
from tlzoo_vision.detection import task
from tlzoo_vision.detection.adapter import boxes
from tlzoo_vision.detection.task import Detection


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "annotations/boxes.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_all_formats_give_the_same_labels(write_boxes, tmp_path: Path) -> None:
    read = {kind: boxes(str(write_boxes(kind, tmp_path / kind)), {}) for kind in ("coco", "voc", "yolo")}
    assert {each.task.names for each in read.values()} == {("bright", "dark")}
    first = read["coco"].labels
    assert first.shape == (4, 2, 6)
    assert [read["coco"].task.show(label) for label in first] == [
        "1 bright",
        "1 bright, 1 dark",
        "1 dark",
        "1 dark, 1 bright",
    ]
    for kind in ("voc", "yolo"):
        assert np.allclose(read[kind].labels, first, atol=1e-6)
    assert first[0, 1].tolist() == [-1] * 6


def test_folders_and_files_named_by_split_are_splits(write_boxes, tmp_path: Path) -> None:
    yolo = write_boxes("yolo", tmp_path / "yolo")
    for part, names in {"train": "01", "val": "2", "test": "3"}.items():
        for kind, suffix in (("images", "png"), ("labels", "txt")):
            (yolo / part / kind).mkdir(parents=True)
            for name in names:
                (yolo / kind / f"{name}.{suffix}").rename(yolo / part / kind / f"{name}.{suffix}")
    (yolo / "images").rmdir()
    (yolo / "labels").rmdir()
    coco = write_boxes("coco", tmp_path / "coco")
    content = json.loads((coco / "annotations/boxes.json").read_text())
    (coco / "annotations/boxes.json").unlink()
    for part, chosen in {"train": (0, 1), "val": (2,), "test": (3,)}.items():
        own = {
            "images": [each for each in content["images"] if each["id"] in chosen],
            "annotations": [each for each in content["annotations"] if each["image_id"] in chosen],
            "categories": content["categories"],
        }
        (coco / f"annotations/instances_{part}2017.json").write_text(json.dumps(own))
    (coco / "annotations/captions_train2017.json").write_text("{}")
    voc = write_boxes("voc", tmp_path / "voc")
    (voc / "ImageSets/Main").mkdir(parents=True)
    for part, names in {"train": "01", "val": "2", "test": "3"}.items():
        (voc / f"ImageSets/Main/{part}.txt").write_text("\n".join(names))
    columns = boxes(str(yolo), {}).columns
    assert sorted(columns.values("folder1", np.arange(4))) == ["test", "train", "train", "val"]
    for folder in (yolo, coco, voc):
        given = boxes(str(folder), {}).given
        assert {name: len(part) for name, part in given.items()} == {"train": 2, "validation": 1, "test": 1}


def moved(folder: Path, **parts: str) -> None:
    """Move files of a folder, by the digits in their names, into its sub-folders."""
    for part, digits in parts.items():
        (folder / part).mkdir(parents=True)
        for digit in digits:
            for path in folder.glob(f"{digit}.*"):
                path.rename(folder / part / path.name)


def sizes(folder: Path, **options: str) -> dict[str, int]:
    return {name: len(part) for name, part in boxes(str(folder), options).given.items()}


def test_annotations_and_images_of_voc_have_the_same_sub_folders(write_boxes, tmp_path: Path) -> None:
    folder = write_boxes("voc", tmp_path / "voc")
    plain = boxes(str(folder), {}).labels
    moved(folder / "Annotations", **{"train/a": "01", "val/a": "2", "test/a": "3"})
    assert sizes(folder) == {"train": 2, "validation": 1, "test": 1}
    moved(folder / "JPEGImages", **{"train/a": "01", "val/a": "2", "test/a": "3"})
    assert sizes(folder) == {"train": 2, "validation": 1, "test": 1}
    for kind, suffix in (("Annotations", "xml"), ("JPEGImages", "png")):
        (folder / kind / f"test/a/3.{suffix}").rename(folder / kind / f"test/a/0.{suffix}")
    assert np.array_equal(boxes(str(folder), {}).labels, plain[[3, 0, 1, 2]])
    (folder / "ImageSets/Main").mkdir(parents=True)
    (folder / "ImageSets/Main/train.txt").write_text("0\n1\n")
    with pytest.raises(DataError, match="has the name '0', which 2 annotations have; write it with the sub-folder"):
        boxes(str(folder), {})
    (folder / "ImageSets/Main/train.txt").write_text("test/a/0\n1\n")
    assert {name: part.tolist() for name, part in boxes(str(folder), {}).given.items()} == {"train": [0, 2]}


def test_splits_of_voc_may_be_whole_folders(write_boxes, tmp_path: Path) -> None:
    folder = write_boxes("voc", tmp_path / "voc")
    for part in ("train", "val"):
        shutil.copytree(folder, tmp_path / "parts" / part)
    assert sizes(tmp_path / "parts") == {"train": 4, "validation": 4}


def test_images_of_coco_may_be_in_folders_of_splits(write_boxes, tmp_path: Path) -> None:
    folder = write_boxes("coco", tmp_path / "coco")
    content = json.loads((folder / "annotations/boxes.json").read_text())
    (folder / "annotations/boxes.json").unlink()
    for part, chosen in {"train": (0, 1), "val": (2, 3)}.items():
        own = [each for each in content["images"] if each["id"] in chosen]
        things = [each for each in content["annotations"] if each["image_id"] in chosen]
        written = json.dumps({**content, "images": own, "annotations": things})
        (folder / f"annotations/boxes_{part}.json").write_text(written)
    moved(folder / "images", train2017="01", validation="23")
    assert sizes(folder) == {"train": 2, "validation": 2}
    (folder / "images").rename(folder / "pictures")
    assert sizes(folder, images="pictures") == {"train": 2, "validation": 2}
    with pytest.raises(DataError, match=r"boxes for '0\.png', which is not in .*; add the image, or name the folder"):
        boxes(str(folder), {})


def test_json_files_of_other_formats_are_not_taken_for_coco(write_boxes, tmp_path: Path) -> None:
    for kind in ("coco", "voc", "yolo"):
        folder = write_boxes(kind, tmp_path / kind)
        (folder / "images").mkdir(exist_ok=True)
        for name in ("images/0.json", "package.json"):
            (folder / name).write_text('{"images": [], "shapes": []}')
        assert len(boxes(str(folder), {}).labels) == 4
    (tmp_path / "other").mkdir()
    (tmp_path / "other/a.json").write_text('{"shapes": []}')
    with pytest.raises(DataError, match=r"a\.json is not COCO's format: it has no lists images, annotations"):
        boxes(str(tmp_path / "other"), {})


def test_thin_boxes_that_are_empty_in_float32_are_invalid(write_boxes, tmp_path: Path) -> None:
    folder = write_boxes("yolo", tmp_path / "yolo")
    (folder / "labels/1.txt").write_text("0 0.7 0.5 1e-9 0.2\n1 0.5 0.5 0.2 0.2\n")
    with pytest.raises(DataError, match=r"is too thin: it is empty in float32; .* invalid=skip"):
        boxes(str(folder), {})
    samples = boxes(str(folder), {"invalid": "skip"})
    assert samples.task.show(samples.labels[1]) == "1 dark"


def test_the_number_of_classes_is_limited(write_boxes, tmp_path: Path) -> None:
    coco, voc, yolo = (write_boxes(kind, tmp_path / kind) for kind in ("coco", "voc", "yolo"))
    edit(coco, lambda content: content["categories"].extend({"id": at, "name": str(at)} for at in range(9, 10_008)))
    things = "".join(f"<object><name>{at}</name></object>" for at in range(10_001))
    (voc / "Annotations/1.xml").write_text(f"<annotation>{things}</annotation>")
    (yolo / "data.yaml").write_text(f"names: [{','.join(map(str, range(10_001)))}]")
    for folder in (coco, voc, yolo):
        with pytest.raises(DataError, match=r"has 10,00\d classes; at most 10,000 are supported; merge some"):
            boxes(str(folder), {})


def test_strata_and_members_need_no_matrix_of_all_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.full((40, 3, 6), -1, np.float32)
    labels[:30, 0, 4], labels[20:30, 2, 4], labels[30:, 1, 4] = 7, 9_998, 3
    few, many = Detection(tuple(map(str, range(9_999)))), Detection.example()
    strata = few.strata(labels)
    assert [len(set(strata[part])) for part in (slice(20), slice(20, 30), slice(30, 40))] == [1, 1, 1]
    assert len(set(strata)) == 3
    members = {name: np.flatnonzero(there) for name, there in few.class_members(labels) if there.any()}
    assert {name: (rows[0], rows[-1]) for name, rows in members.items()} == {
        "3": (30, 39),
        "7": (0, 29),
        "9998": (20, 29),
    }
    assert set(many.strata(np.full((40, 1, 6), -1, np.float32))) == {0}
    monkeypatch.setattr(task, "_MOST_CELLS", 100)
    with pytest.raises(DataError, match="40 images with boxes of 3 classes need too much memory to be stratified"):
        few.strata(labels)


def test_images_in_no_list_of_splits_are_in_none(write_boxes, tmp_path: Path) -> None:
    folder = write_boxes("voc", tmp_path / "voc")
    (folder / "ImageSets/Main").mkdir(parents=True)
    for part, names in {"train": "01", "val": "2"}.items():
        (folder / f"ImageSets/Main/{part}.txt").write_text("\n".join(names))
    given = boxes(str(folder), {}).given
    assert {name: part.tolist() for name, part in given.items()} == {"train": [0, 1], "validation": [2]}


@pytest.mark.parametrize("names", ["names:\n  1: dark\n  0: bright\n", "names:\n- bright\n\n# squares\n- dark\n"])
def test_classes_of_yolo_have_their_numbers(write_boxes, tmp_path: Path, names: str) -> None:
    folder = write_boxes("yolo", tmp_path / "yolo")
    (folder / "data.yaml").write_text(names)
    assert boxes(str(folder), {}).task.names == ("bright", "dark")


@pytest.mark.parametrize("names", ["names: {0: bright, 1: dark}\n", "names:\n  1: bright\n  2: dark\n"])
def test_names_of_yolo_that_are_not_understood_are_refused(write_boxes, tmp_path: Path, names: str) -> None:
    folder = write_boxes("yolo", tmp_path / "yolo")
    (folder / "data.yaml").write_text(names)
    with pytest.raises(DataError, match=r"the names of classes in data\.yaml"):
        boxes(str(folder), {})


def test_a_single_coco_file_has_crowds_and_images_without_boxes(write_boxes, tmp_path: Path) -> None:
    folder = write_boxes("coco", tmp_path / "coco")
    edit(folder, lambda content: content["annotations"].pop(0))
    edit(folder, lambda content: content["annotations"][0].update(iscrowd=1))
    samples = boxes(str(folder / "annotations/boxes.json"), {})
    assert samples.task.show(samples.labels[0]) == "nothing"
    assert samples.labels[..., 5].max() == 1
    assert samples.labels[1, :, 5].tolist() == [1, 0]


def test_a_class_that_never_occurs_is_a_note(write_boxes, tmp_path: Path) -> None:
    folder = write_boxes("coco", tmp_path / "coco")
    edit(folder, lambda content: content["categories"].append({"id": 9, "name": "tree"}))
    assert boxes(str(folder), {}).notes[-1] == "no box has the class 'tree'"


def test_boxes_over_the_border_are_clipped_and_duplicates_left_out_with_a_note(write_boxes, tmp_path: Path) -> None:
    folder = write_boxes("yolo", tmp_path / "yolo")
    (folder / "labels/1.txt").write_text("0 0.02 0.5 0.1 0.2\n1 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2\n")
    samples = boxes(str(folder), {})
    assert np.allclose(samples.labels[1], [[0, 0.4, 0.07, 0.6, 0, 0], [0.4, 0.4, 0.6, 0.6, 1, 0]])
    assert samples.notes[-2:] == (
        "1 box is over the border of the image clipped",
        "1 box is left out as exact duplicates in the same image",
    )


def test_invalid_boxes_can_be_left_out(write_boxes, tmp_path: Path) -> None:
    folder = write_boxes("coco", tmp_path / "coco")
    edit(folder, lambda content: content["annotations"][1].update(bbox=[5, 5, 0, 9]))
    samples = boxes(str(folder), {"invalid": "skip"})
    assert samples.task.show(samples.labels[1]) == "1 dark"
    assert "1 box is left out as invalid, such as:" in samples.notes[-1]


@pytest.mark.parametrize(
    ("bbox", "message"),
    [
        ([300, 5, 10, 10], r"the box \(300, 5, 310, 15\) lies outside the image of 64 x 64 pixels; correct them, or"),
        ([5, 5, 0, 9], r"the box \(5, 5, 5, 14\) is empty; .* invalid=skip"),
        ([50, 5, -20, 9], "has swapped corners"),
        ([1, 2, 3], "the bbox .1, 2, 3.; give left, top, width and height"),
        ([float("nan"), 5, 10, 10], "the bbox .nan, 5, 10, 10."),
        ([10**400, 5, 10, 10], "the bbox .100000"),
    ],
)
def test_boxes_that_are_not_valid_are_refused(write_boxes, tmp_path: Path, bbox: list[float], message: str) -> None:
    folder = write_boxes("coco", tmp_path / "coco")
    edit(folder, lambda content: content["annotations"][1].update(bbox=bbox))
    with pytest.raises(DataError, match=message):
        boxes(str(folder), {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content["annotations"][0].update(category_id=9), "a box of the category 9, which it does not"),
        (
            lambda content: content["annotations"][0].update(image_id=9),
            "has 1 boxes for the image 9, which it does not",
        ),
        (lambda content: content["images"][0].update(file_name="gone.png"), "boxes for 'gone.png', which is not in"),
        (lambda content: content["images"][0].update(file_name="../boxes.json"), "names the image '../boxes.json'"),
        (lambda content: content["images"][0].update(width=30), "has 70 x 60 pixels, but .* says 30 x 60"),
        (lambda content: content["images"][1].update(id=0), "two images with the same id"),
        (
            lambda content: content["annotations"].extend(content["annotations"][:1] * 9999),
            "has 10,000 boxes in one im",
        ),
        (lambda content: content.pop("categories"), "is not COCO's format: it has no lists images, annotations"),
        (lambda content: content["images"][0].pop("id"), "'id' is None in"),
        (lambda content: content["categories"].append(content["categories"][0]), "has the category 'bright' .1. twice"),
    ],
)
def test_coco_files_that_do_not_fit_are_refused(write_boxes, tmp_path: Path, change, message: str) -> None:
    folder = write_boxes("coco", tmp_path / "coco")
    edit(folder, change)
    with pytest.raises(DataError, match=message):
        boxes(str(folder), {})


@pytest.mark.parametrize(
    ("kind", "spoil", "options", "message"),
    [
        ("coco", lambda root: cut(root / "annotations/boxes.json"), {}, "boxes.json is cut short or damaged: "),
        ("voc", lambda root: cut(root / "Annotations/1.xml"), {}, "1.xml is cut short or damaged: "),
        ("yolo", lambda root: cut(root / "labels/1.txt", 12), {}, "line 1 of .*1.txt is cut short or damaged: "),
        ("voc", lambda root: (root / "JPEGImages/2.png").unlink(), {}, "2.xml has boxes for '2.png', which is not in"),
        ("yolo", lambda root: (root / "images/2.png").unlink(), {}, "1 file has boxes but no image, such as .*2.txt"),
        ("voc", Path.exists, {"classes": "dark"}, "0.xml has a box of the unknown class 'bright'; classes: dark"),
        ("yolo", Path.exists, {"classes": "dark"}, "has a box of the unknown class 1; classes: 0 to 0"),
        ("voc", lambda root: entities(root / "Annotations/1.xml"), {}, "declares a document type or entities"),
        ("yolo", lambda root: unnamed(root, "9" * 40), {}, "unknown class .*; classes: 0 to 9999"),
        ("yolo", lambda root: unnamed(root, "0").write_text("0 nan 0.5 1 1"), {}, "1.txt: the box .* is not finite"),
        (
            "coco",
            lambda root: digits(root / "annotations/boxes.json"),
            {},
            "boxes.json is cut short or damaged: Exceeds",
        ),
        ("coco", Path.exists, {"classes": "dark"}, "COCO files name their classes; leave it out"),
        ("coco", Path.exists, {"invalid": "keep"}, "invalid=keep"),
        ("coco", Path.exists, {"colour": "1"}, "colour"),
    ],
)
def test_folders_that_do_not_fit_are_refused(
    write_boxes, tmp_path: Path, kind: str, spoil, options: dict[str, str], message: str
) -> None:
    folder = write_boxes(kind, tmp_path / kind)
    spoil(folder)
    with pytest.raises((DataError, UsageError), match=message):
        boxes(str(folder), options)


def cut(path: Path, length: int | None = None) -> None:
    whole = path.read_text()
    path.write_text(whole[: length or len(whole) // 2])


def unnamed(folder: Path, kind: str) -> Path:
    (folder / "data.yaml").unlink()
    path = folder / "labels/1.txt"
    path.write_text(f"{kind} 0.5 0.5 0.1 0.1")
    return path


def digits(path: Path) -> None:
    path.write_text(path.read_text().replace('"id": 0', '"id": ' + "1" * 5000, 1))


def entities(path: Path) -> None:
    path.write_text('<!DOCTYPE a [<!ENTITY b "c">]>' + path.read_text())


def test_images_and_boxes_in_memory_are_detection() -> None:
    images = np.zeros((3, 8, 8, 3), np.uint8)
    given = [[[0, 0, 0.5, 0.5, 1]], [], [[0.1, 0.2, 0.3, 0.4, 0], [0.5, 0.5, 1, 1, 1]]]
    samples = in_memory((images, given), task="detection", classes=["cup", "jar"]).samples()
    assert [samples.task.show(label) for label in samples.labels] == ["1 jar", "nothing", "1 cup, 1 jar"]
    for wrong, message in (
        ([[[0, 0, 4, 4, 1]], [], []], "which is in pixels; divide left and right by the width"),
        ([[[0, 0, 1, 1, 2]], [], []], "the class index 2; use 0 to 1"),
        ([[[0, 0, 1, 1]], [], []], "give left, top, right, bottom, class"),
        ([[[0.5, 0, 0.2, 1, 0]], [], []], "label 0: the box .* has swapped corners"),
    ):
        with pytest.raises(DataError, match=message):
            in_memory((images, wrong), task="detection", classes=["cup", "jar"]).samples()
