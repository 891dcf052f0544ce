"""Folders of images: layouts, bad files, and what is remembered of them."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from made_progress import Telling
from PIL import Image

from tlzoo.data import Samples, check_labels, images, split, table
from tlzoo.data.splitting.split_names import split_of
from tlzoo.errors import DataError, UsageError
from tlzoo.modalities.vision.image_files import verification as verification_module
from tlzoo.progress import Advance, Silent

SHADES = iter(range(1, 10**6))


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("TLZOO_CACHE", str(folder))
    return folder


def add(folder: Path, *names: str, size: tuple[int, int] = (5, 4)) -> None:
    """Write images of (width, height), each of another colour."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, next(SHADES)).save(path)


def opened(folder: Path) -> Samples:
    return images(str(folder), {})


def test_classes_and_files_are_sorted_naturally(tmp_path: Path) -> None:
    add(tmp_path, "class 10/a.png", "class 2/10.png", "class 2/9.jpg", "class 2/deep/er/1.bmp", "Class 3/x.webp")
    samples = opened(tmp_path)
    assert samples.task.classes == ("class 2", "Class 3", "class 10")
    names = [samples.examples.name(index) for index in range(5)]
    expected = ["class 2/9.jpg", "class 2/10.png", "class 2/deep/er/1.bmp", "Class 3/x.webp", "class 10/a.png"]
    assert names == [str(tmp_path / name) for name in expected]
    assert samples.labels.tolist() == [0, 0, 0, 1, 2]
    assert samples.given == {}


def test_images_stream_in_the_order_asked_for(tmp_path: Path) -> None:
    add(tmp_path, "a/1.png", size=(3, 7))
    add(tmp_path, "b/1.png", size=(6, 2))
    stream = opened(tmp_path).examples.stream(np.array([1, 0, 1]))
    assert stream.element_spec.shape.as_list() == [None, None, 3]
    assert [image.shape for image in stream.as_numpy_iterator()] == [(2, 6, 3), (7, 3, 3), (2, 6, 3)]


def test_splits_from_folders(tmp_path: Path) -> None:
    add(tmp_path, "test/a/1.png", "test/b/1.png", "valid/a/2.png", "valid/b/2.png")
    add(tmp_path, *(f"train/{name}/{number}.png" for name in "ab" for number in range(3)))
    samples = opened(tmp_path)
    assert samples.task.classes == ("a", "b")
    assert {name: part.tolist() for name, part in samples.given.items()} == {
        "train": [0, 1, 2, 3, 4, 5],
        "validation": [6, 7],
        "test": [8, 9],
    }
    dataset = split(samples, seed=0)
    assert dataset.test.tolist() == [8, 9]


@pytest.mark.parametrize("names", [("train/1.png", "bus/1.png"), ("train/1.png", "test/1.png")])
def test_a_class_may_be_called_train(tmp_path: Path, names: tuple[str, ...]) -> None:
    add(tmp_path, *names)
    assert set(opened(tmp_path).task.classes) == {Path(name).parent.name for name in names}


@pytest.mark.parametrize(
    "names",
    [
        ("Train", "Test"),
        ("training", "validation"),
        ("TRAIN", "VAL"),
        ("train_set", "dev-set"),
        ("Trainset", "testing"),
        ("train2017", "val2017"),
        ("Train", "test1"),
    ],
)
def test_split_folders_are_recognized_in_any_case_and_spelling(tmp_path: Path, names: tuple[str, ...]) -> None:
    add(tmp_path, *(f"{split}/{name}/{number}.png" for split in names for name in "ab" for number in range(2)))
    samples = opened(tmp_path)
    assert samples.task.classes == ("a", "b")
    assert list(samples.given) == [split_of(name) for name in names]
    assert f"{names[0]} as train" in samples.notes[0]


def test_classes_called_like_splits_are_warned_about(tmp_path: Path) -> None:
    add(tmp_path, "train/1.png", "Test/1.png")
    (note,) = check_labels(opened(tmp_path)).notes
    assert "all classes are named like splits (Test, train)" in note


def test_splits_inside_classes_are_reported(tmp_path: Path) -> None:
    add(tmp_path, "cat/Train/1.png", "cat/test/1.png", "dog/1.png")
    samples = opened(tmp_path)
    assert samples.task.classes == ("cat", "dog")
    assert not samples.given
    assert samples.notes[0] == (
        "cat/test and cat/Train are not read as splits; put the classes below the splits, as in test/cat"
    )


def test_hidden_and_other_files_are_skipped(tmp_path: Path) -> None:
    add(tmp_path, "a/1.png", "a/.hidden.png", ".hidden/1.png", "b/1.png", "stray.png")
    (tmp_path / "a/notes.txt").write_text("no image")
    (tmp_path / "empty").mkdir()
    samples = opened(tmp_path)
    assert len(samples.examples) == 2
    assert [(Path(each.name).name, each.reason) for each in samples.set_aside] == [
        ("stray.png", "an image outside the class folders"),
        ("empty", "a class folder without an image"),
    ]


def test_bad_files_are_skipped_and_listed(tmp_path: Path) -> None:
    add(tmp_path, "a/good.png", "b/good.jpg")
    whole = (tmp_path / "b/good.jpg").read_bytes()
    bad = {"cut.jpg": whole[:-40], "empty.png": b"", "text.jpg": b"a text", "scan.tif": b"II*\0" + bytes(40)}
    for name, content in bad.items():
        (tmp_path / "a" / name).write_bytes(content)
    (tmp_path / "a/dangling.png").symlink_to("nowhere.png")
    os.mkfifo(tmp_path / "a/pipe.png")
    samples = opened(tmp_path)
    assert len(samples.examples) == 2
    reasons = {Path(each.name).name: each.reason for each in samples.set_aside}
    assert reasons.keys() == {*bad, "dangling.png", "pipe.png"}
    assert "damaged or truncated (JPEG)" in reasons["cut.jpg"]
    assert "empty" in reasons["empty.png"]
    assert "not an image" in reasons["text.jpg"]
    assert "TIFF is not supported" in reasons["scan.tif"]
    assert "cannot be read" in reasons["dangling.png"]
    assert "not a readable file" in reasons["pipe.png"]
    assert all((tmp_path / "a" / name).read_bytes() == content for name, content in bad.items())


def test_a_circle_of_links_is_followed_once(tmp_path: Path) -> None:
    add(tmp_path, "a/1.png", "b/1.png")
    (tmp_path / "a/again").symlink_to(tmp_path / "a")
    (tmp_path / "a/other").symlink_to(tmp_path / "b")
    names = [Path(opened(tmp_path).examples.name(index)) for index in range(3)]
    assert [name.relative_to(tmp_path) for name in names] == [Path("a/1.png"), Path("a/other/1.png"), Path("b/1.png")]


def test_unusable_sources_are_refused_with_a_fix(tmp_path: Path) -> None:
    def refused(message: str, folder: Path = tmp_path) -> None:
        with pytest.raises(DataError, match=message) as caught:
            opened(folder)
        assert caught.value.fix

    refused("has no images")
    add(tmp_path, "1.png")
    refused("has 1 image but no class folders")
    (tmp_path / "photos").mkdir()
    refused("did you mean 'photos'", tmp_path / "photo")
    refused("name a folder", tmp_path / "1.png")
    (tmp_path / "photos/cat").mkdir()
    refused("has no images", tmp_path / "photos")
    add(tmp_path, "photos/cat/1.png")
    (tmp_path / "photos/dog").mkdir()
    (tmp_path / "photos/dog/1.png").write_bytes(b"")
    refused("no image of class 'dog'", tmp_path / "photos")


def test_splits_that_disagree_are_refused(tmp_path: Path) -> None:
    add(tmp_path, "train/a/1.png", "train/b/1.png", "test/a/1.png")
    assert opened(tmp_path).notes == ("test/ has no images of 1 of the 2 classes: 'b'",)
    add(tmp_path, "test/c/1.png")
    with pytest.raises(DataError, match="train/ has no folder of the class 'c'"):
        opened(tmp_path)
    add(tmp_path, "val/a/1.png", "valid/a/1.png")
    with pytest.raises(DataError, match="both val/ and valid/"):
        opened(tmp_path)
    add(tmp_path, "extra/1.png")
    with pytest.raises(DataError, match="another folder, 'extra'"):
        opened(tmp_path)


def test_options_and_no_location_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no option 'size'"):
        images(str(tmp_path), {"size": "3"})
    with pytest.raises(UsageError, match="has no folder"):
        images("", {})


def test_the_fingerprint_is_of_contents_and_not_of_places(tmp_path: Path) -> None:
    add(tmp_path, "one/a/1.png", "one/b/1.png")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    os.utime(tmp_path / "two/a/1.png", (1, 1))
    assert opened(tmp_path / "one").fingerprint == opened(tmp_path / "two").fingerprint
    add(tmp_path, "two/a/1.png")
    assert opened(tmp_path / "one").fingerprint != opened(tmp_path / "two").fingerprint


def test_a_second_opening_decodes_only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path, "a/1.png", "a/2.png", "b/1.png")
    (tmp_path / "b/bad.png").write_bytes(b"")
    first = opened(tmp_path)
    looked: list[bytes] = []
    examine = verification_module.examine
    monkeypatch.setattr(verification_module, "examine", lambda encoded: looked.append(encoded) or examine(encoded))
    second = opened(tmp_path)
    assert looked == []
    assert second.fingerprint == first.fingerprint
    assert second.set_aside == first.set_aside
    add(tmp_path, "a/2.png", size=(9, 9))
    assert opened(tmp_path).fingerprint != first.fingerprint
    assert looked == [(tmp_path / "a/2.png").read_bytes()]


def test_exchanged_contents_of_equal_size_and_time_are_noticed(tmp_path: Path) -> None:
    for name, colour in (("a/1.bmp", "black"), ("a/2.bmp", "navy"), ("b/1.bmp", "white"), ("b/2.bmp", "red")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4), colour).save(tmp_path / name)
        os.utime(tmp_path / name, (1, 1))
    first = opened(tmp_path)
    for old, new in (("a", "c"), ("b", "a"), ("c", "b")):
        (tmp_path / old).rename(tmp_path / new)
    second = opened(tmp_path)
    assert second.digests[0].tobytes() == hashlib.sha256((tmp_path / "a/1.bmp").read_bytes()).digest()
    assert (second.digests[[2, 3, 0, 1]] == first.digests).all()


def test_contents_written_in_place_with_the_old_time_are_noticed(tmp_path: Path) -> None:
    add(tmp_path, "a/1.bmp", "b/1.bmp")
    first = opened(tmp_path)
    path = tmp_path / "a/1.bmp"
    status = path.stat()
    path.write_bytes(path.read_bytes()[:-3] + b"abc")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert opened(tmp_path).fingerprint != first.fingerprint


def shape_in_alpha(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        image = Image.new("RGBA", (6, 6))
        image.putpixel((next(SHADES) % 6, 2), (0, 0, 0, 255))
        image.save(folder / name)


def test_transparent_images_are_counted_and_read_over_a_background(tmp_path: Path) -> None:
    shape_in_alpha(tmp_path, "a/1.png", "b/1.png")
    add(tmp_path, "a/2.png")
    white, black = opened(tmp_path), images(str(tmp_path), {"alpha": "black"})
    assert white.notes == (
        "2 of 3 images have transparent pixels, composited over white; alpha= chooses another background",
    )
    assert "composited over black" in black.notes[0]
    assert "without their alpha channel" in images(str(tmp_path), {"alpha": "drop"}).notes[0]
    pixels = [next(iter(each.examples.stream(np.array([0])))).numpy() for each in (white, black)]
    assert pixels[0].sum() == 35 * 3 * 255
    assert pixels[1].sum() == 0
    assert not (white.digests == black.digests).all(axis=1).any()
    with pytest.raises(UsageError, match="alpha=blue is not a background"):
        images(str(tmp_path), {"alpha": "blue"})


def test_a_grey_png_has_one_channel(tmp_path: Path) -> None:
    Image.new("L", (5, 4), 9).save(tmp_path / "grey.png")
    Image.new("RGB", (5, 4), "red").save(tmp_path / "red.png")
    (tmp_path / "t.csv").write_text("file,label\ngrey.png,x\nred.png,y\n")
    samples = table(str(tmp_path / "t.csv"), {"image": "file", "label": "label"})
    assert samples.examples.shapes[:, 2].tolist() == [1, 3]


@pytest.mark.parametrize("damage", [b"", b"no JSON", b'["something else", 1]\n', b"\xff\xfe"])
def test_a_broken_record_is_rebuilt(tmp_path: Path, cache: Path, damage: bytes) -> None:
    add(tmp_path, "a/1.png", "b/1.png")
    first = opened(tmp_path)
    (record,) = cache.rglob("*.jsonl")
    whole = record.read_bytes()
    for content in (damage, whole[:-9], whole.replace(b'"PNG", 4', b'"PNG", "4"')):
        record.write_bytes(content)
        assert opened(tmp_path).fingerprint == first.fingerprint
        assert record.read_bytes() == whole


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path, "photos/a/1.png", "photos/b/1.png")
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "file"))
    assert len(opened(tmp_path / "photos").examples) == 2


def test_an_interrupted_scan_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    add(tmp_path, "a/1.png", "a/2.png", "b/1.png")
    monkeypatch.setattr(verification_module, "_AT_ONCE", 2)

    class Interrupting(Silent):
        @contextmanager
        def track(self, what: str, total: int, unit: str) -> Iterator[Advance]:
            assert (total, unit) == (3, "images")
            yield self.interrupt

        def interrupt(self, done: int) -> None:
            assert done == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        images(str(tmp_path), {}, progress=Interrupting())
    (record,) = cache.rglob("*.jsonl")
    assert len(record.read_text().splitlines()) == 3


def test_progress_reaches_the_total(tmp_path: Path) -> None:
    add(tmp_path, "a/1.png", "b/1.png")
    telling = Telling()
    images(str(tmp_path), {}, progress=telling)
    assert telling.tracked == [("reading", 2, "images", 2)]


def test_reduced_images_are_other_samples_of_the_same_files(tmp_path: Path) -> None:
    add(tmp_path, "a/1.jpg", "b/1.jpg", size=(80, 64))
    whole, reduced = opened(tmp_path), images(str(tmp_path), {"reduce_to": "16"})
    assert next(iter(reduced.examples.stream(np.array([0])))).shape == (16, 20, 3)
    assert reduced.fingerprint != whole.fingerprint
    assert reduced.source == f"images:{tmp_path}?reduce_to=16"


@pytest.mark.parametrize("pixels", ["0", "-3", "many", ""])
def test_reduced_to_no_number_is_refused(tmp_path: Path, pixels: str) -> None:
    add(tmp_path, "a/1.jpg", "b/1.jpg")
    with pytest.raises(UsageError, match="as in reduce_to=256"):
        images(str(tmp_path), {"reduce_to": pixels})
