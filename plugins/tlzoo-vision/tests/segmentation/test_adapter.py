"""``masks:`` reads folders of images and masks, and refuses what does not fit in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tlzoo.errors import DataError, UsageError
from tlzoo_vision.segmentation.adapter import masks


def write(path: Path, values: object, mode: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(values, np.uint8), mode).save(path)


def test_images_are_paired_with_masks_of_the_same_name(scans: Path) -> None:
    samples = masks(str(scans), {})
    assert (samples.task.kind, samples.task.names) == ("segmentation", ("ground", "bright", "grey"))
    assert [mask.size for mask in samples.labels] == [(30, 37), (32, 32), (32, 32), (30, 37)]
    assert [name for name, there in samples.task.class_members(samples.labels) if there[1]] == ["ground", "grey"]
    assert (samples.labels[1].read() == np.asarray(Image.open(scans / "masks/1.png"))).all()


def test_folders_below_images_and_masks_are_splits(tmp_path: Path) -> None:
    for number, split in enumerate(("train", "train", "val", "test")):
        write(tmp_path / f"images/{split}/{number}.png", np.full((8, 8), 50 + number))
        write(tmp_path / f"masks/{split}/{number}_mask.png", np.eye(8))
    samples = masks(str(tmp_path), {"classes": "ground,line"})
    assert {name: len(part) for name, part in samples.given.items()} == {"train": 2, "validation": 1, "test": 1}
    folders = samples.columns.values("folder1", np.arange(4))
    assert sorted(folders) == ["test", "train", "train", "val"]
    tiles = masks(str(tmp_path), {"classes": "ground,line", "tile": "20"})
    assert tiles.columns.values("folder1", np.arange(4)[::-1]) == folders[::-1]


def test_a_table_has_columns_of_images_masks_and_splits(scans: Path) -> None:
    rows = [
        f"images/{number}.png,masks/{number}.png,{'test' if number == 2 else 'train'},{number}" for number in (3, 2, 0)
    ]
    (scans / "table.csv").write_text("\n".join(["scan,drawn,part,site", *rows]))
    samples = masks(str(scans / "table.csv"), {"image": "scan", "mask": "drawn", "split": "part"})
    assert [Path(samples.examples.name(at)).name for at in range(3)] == ["3.png", "2.png", "0.png"]
    assert {name: part.tolist() for name, part in samples.given.items()} == {"train": [0, 2], "test": [1]}
    assert samples.task.names == ("ground", "bright", "grey")
    assert (samples.labels[1].read() == np.asarray(Image.open(scans / "masks/2.png"))).all()
    with pytest.raises(UsageError, match=r"has no mask column; name it: \?mask=COLUMN"):
        masks(str(scans / "table.csv"), {"image": "scan"})


def test_a_table_gives_its_columns_without_rows_that_are_set_aside(scans: Path) -> None:
    (scans / "images/2.png").write_bytes(b"no image")
    write(scans / "masks/1.png", np.full((32, 32), 255))  # nothing is labelled
    rows = [f"images/{number}.png,masks/{number}.png,site {number}" for number in (3, 2, 1, 0)]
    (scans / "table.csv").write_text("\n".join(["scan,drawn,site", *rows]))
    samples = masks(str(scans / "table.csv"), {"image": "scan", "mask": "drawn"})
    assert samples.columns.values("site", np.array([1, 0])) == ["site 0", "site 3"]


def test_colours_are_classes_of_the_table_and_one_class_can_be_ignored(tmp_path: Path) -> None:
    (tmp_path / "class_dict.csv").write_text("name, r, g, b\nroad,128,64,128\nvoid,0,0,0\nsky,70,130,180\n")
    colours = np.array([[128, 64, 128], [70, 130, 180], [0, 0, 0]], np.uint8)
    write(tmp_path / "images/a.png", np.zeros((1, 3, 3)))
    write(tmp_path / "masks/a.png", colours[[[0, 1, 2]]])
    assert masks(str(tmp_path), {}).labels[0].read().tolist() == [[0, 2, 1]]
    ignoring = masks(str(tmp_path), {"ignore": "void"})
    assert (ignoring.task.names, ignoring.labels[0].read().tolist()) == (("road", "sky"), [[0, 1, 255]])


@pytest.mark.parametrize(
    ("options", "names", "labels"),
    [
        ({"classes": "ground,road,sky", "ignore": "1"}, ("ground", "sky"), [[0, 255], [1, 255]]),
        ({"ignore": "0"}, ("class 0", "class 1", "class 2"), [[255, 1], [2, 255]]),
    ],
)
def test_an_ignored_index_has_no_class_beside_255(tmp_path: Path, options, names, labels) -> None:
    write(tmp_path / "images/a.png", np.zeros((2, 2)))
    write(tmp_path / "masks/a.png", [[0, 1], [2, 255]])
    samples = masks(str(tmp_path), options)
    assert (samples.task.names, samples.labels[0].read().tolist()) == (names, labels)


def test_colours_stored_with_a_palette_are_those_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "classes.csv").write_text("name,r,g,b\nground,0,0,0\ncar,255,0,0\ntree,0,255,0\n")
    write(tmp_path / "images/a.png", np.zeros((1, 4, 3)))
    (tmp_path / "masks").mkdir()
    colours = np.array([[[0, 255, 0], [0, 255, 0], [255, 0, 0], [0, 0, 0]]], np.uint8)
    Image.fromarray(colours).convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "masks/a.png")
    assert masks(str(tmp_path), {}).labels[0].read().tolist() == [[2, 2, 1, 0]]


def test_masks_of_0_and_255_are_background_and_foreground(tmp_path: Path) -> None:
    write(tmp_path / "images/a.png", np.zeros((2, 2)))
    write(tmp_path / "masks/a.png", [[0, 255], [255, 255]])
    samples = masks(str(tmp_path), {})
    assert (samples.task.names, samples.labels[0].counts[:2].tolist()) == (("background", "foreground"), [1, 3])
    assert "0 and 255" in samples.notes[-1]


@pytest.mark.parametrize("table", [None, "name,r,g,b\nground,0,0,0\nlesion,255,255,255\n"])
def test_masks_of_0_and_255_are_the_two_named_classes(tmp_path: Path, table: str | None) -> None:
    if table:
        (tmp_path / "classes.csv").write_text(table)
    named = {} if table else {"classes": "ground,lesion"}
    for number in range(2):
        write(tmp_path / f"images/{number}.png", np.full((2, 2), number))
        write(tmp_path / f"masks/{number}.png", [[0, 255 * number], [0, 0]])
    samples = masks(str(tmp_path), named)
    assert [each.counts[:2].tolist() for each in samples.labels] == [[4, 0], [3, 1]]
    assert "0 and 255, which are read as ground and lesion; ignore=255" in samples.notes[-1]
    ignoring = masks(str(tmp_path), named | {"ignore": "255"})
    assert ignoring.labels[1].read().tolist() == [[0, 255], [0, 0]]


def test_255_is_ignored_and_another_index_on_request(tmp_path: Path) -> None:
    write(tmp_path / "images/a.png", np.zeros((1, 4)))
    write(tmp_path / "masks/a.png", [[0, 1, 2, 255]])
    assert masks(str(tmp_path), {}).labels[0].read().tolist() == [[0, 1, 2, 255]]
    assert masks(str(tmp_path), {"classes": "a,b,c", "ignore": "b"}).task.names == ("a", "c")


def test_a_class_that_never_occurs_is_a_note_and_an_ignored_mask_is_skipped(scans: Path) -> None:
    write(scans / "masks/1.png", np.full((32, 32), 255))
    samples = masks(str(scans), {"classes": "ground,bright,grey,tree"})
    assert "no mask has the class 'tree'" in samples.notes
    assert [each.reason for each in samples.set_aside] == ["every pixel is ignored"]
    assert [Path(samples.examples.name(at)).name for at in range(3)] == ["0.png", "2.png", "3.png"]
    assert [image.shape[:2] for image in samples.examples.stream(np.array([2, 0]))] == [(30, 37), (30, 37)]


@pytest.mark.parametrize(
    ("spoil", "options", "message"),
    [
        (lambda scans: (scans / "masks/2.png").unlink(), {}, "1 image has no mask, such as .*2.png; add the masks"),
        (
            lambda scans: write(scans / "masks/1.png", np.zeros((8, 9))),
            {},
            "the mask of .*1.png has 9 x 8 pixels, the image 32 x 32",
        ),
        (
            lambda scans: write(scans / "masks/1.png", np.full((32, 32), 7)),
            {},
            "1024 pixels of the mask .*1.png have the value 7, which is not a class; add the class",
        ),
        (
            lambda scans: write(scans / "masks/1.png", np.zeros((32, 32, 3))),
            {},
            "the mask .*1.png is in colour, but its colours have no classes; list them in classes.csv",
        ),
        (lambda scans: write(scans / "masks/1.bmp", np.zeros((32, 32))), {}, "are masks of the same image"),
        (lambda scans: (scans / "classes.txt").write_text("a\na\nb"), {}, "two classes have the name a"),
        (lambda scans: (scans / "masks").rename(scans / "drawn"), {}, "has no folder 'masks'; make one, or name"),
        (Path.exists, {"ignore": "tree"}, "ignore=tree is neither a class nor an index"),
        (Path.exists, {"colour": "1"}, "colour"),
        (Path.exists, {"ignore": "9" * 30}, "ignore=9+ is not a value of a pixel; values are 0 to 65535"),
        (Path.exists, {"classes": "a,,b"}, "the class '' has the index 1; give each class a name"),
        (
            lambda scans: (scans / "classes.csv").write_text(f"name,index\na,0\nb,{'9' * 30}\n"),
            {},
            "the class 'b' has the index",
        ),
    ],
)
def test_data_that_do_not_fit_are_refused(
    scans: Path, spoil: Callable[[Path], object], options: dict[str, str], message: str
) -> None:
    spoil(scans)
    with pytest.raises((DataError, UsageError), match=message):
        masks(str(scans), options)


def test_a_mask_that_cannot_be_read_is_set_aside(scans: Path) -> None:
    whole = (scans / "masks/1.png").read_bytes()
    (scans / "masks/1.png").write_bytes(whole[: len(whole) // 2])
    samples = masks(str(scans), {})
    assert len(samples.labels) == 3
    assert "masks/1.png" in samples.set_aside[0].name
