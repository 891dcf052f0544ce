"""Lists of paths, PIL images, encoded files and arrays of several sizes as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tlzoo.data import Samples, images, in_memory
from tlzoo.errors import DataError

COUNT = 8


def picture(at: int, mode: str = "RGB") -> Image.Image:
    shape = (40 + at, 50, {"RGB": 3, "RGBA": 4, "L": 1, "LA": 2}[mode])
    pixels = np.random.default_rng(at).integers(0, 256, shape, np.uint8)
    return Image.fromarray(pixels.squeeze(-1) if mode == "L" else pixels, mode=mode)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs as PNG files in two folders, in colour, in grey and with transparency."""
    folder = tmp_path_factory.mktemp("photos")
    for at in range(COUNT):
        (folder / "ab"[at // 4]).mkdir(exist_ok=True)
        picture(at, ("RGB", "L", "RGBA", "RGB")[at % 4]).save(folder / "ab"[at // 4] / f"{at}.png")
    return folder


def files_in(folder: Path) -> tuple[list[Path], list[str]]:
    files = sorted(folder.glob("*/*.png"))
    return files, [file.parent.name for file in files]


def pixels(samples: Samples) -> list[np.ndarray]:
    stream = samples.examples.stream(np.arange(len(samples.examples)))
    return [np.broadcast_to(each, (*each.shape[:2], 3)) for each in stream.as_numpy_iterator()]


def test_paths_give_the_samples_of_a_folder(folder: Path) -> None:
    files, labels = files_in(folder)
    kept = images(str(folder), {})
    for given in (files, list(map(str, files)), np.array(list(map(str, files)))):
        samples = in_memory((given, labels)).samples()
        assert samples.fingerprint == kept.fingerprint
        assert samples.notes == kept.notes
    assert (
        in_memory((files, labels), alpha="black").samples().fingerprint
        == images(str(folder), {"alpha": "black"}).fingerprint
    )


@pytest.mark.parametrize("alpha", [None, "black"])
def test_pil_images_and_encoded_files_have_the_pixels_of_their_files(folder: Path, alpha: str | None) -> None:
    files, labels = files_in(folder)
    kept = images(str(folder), {"alpha": alpha} if alpha else {})
    opened = [Image.open(file) for file in files]
    found = [in_memory((given, labels), alpha=alpha).samples() for given in (opened, [f.read_bytes() for f in files])]
    assert found[1].fingerprint == kept.fingerprint
    for samples in found:
        assert samples.notes == kept.notes
        assert (samples.labels == kept.labels).all()
        assert (samples.examples.shapes == kept.examples.shapes).all()
        assert (samples.examples.hashes == kept.examples.hashes).all()
        for ours, theirs in zip(pixels(samples), pixels(kept), strict=True):
            assert (ours == theirs).all()


def test_arrays_of_several_sizes() -> None:
    arrays = [np.asarray(picture(at)) for at in range(4)]
    labels = ["a", "b", "a", "b"]
    samples = in_memory((arrays, labels)).samples()
    assert all((ours == each).all() for ours, each in zip(pixels(samples), arrays, strict=True))
    assert samples.fingerprint == in_memory(([picture(at) for at in range(4)], labels)).samples().fingerprint
    assert samples.fingerprint == in_memory(([each / 255 for each in arrays], labels)).samples().fingerprint
    mixed = in_memory(([arrays[0], arrays[1][..., 0], arrays[2], arrays[3][..., :1]], labels)).samples()
    assert [each.shape for each in pixels(mixed)] == [(40, 50, 3), (41, 50, 3), (42, 50, 3), (43, 50, 3)]


def test_pil_images_of_one_size_and_arrays_are_the_same_data() -> None:
    same = [picture(at).resize((32, 32)) for at in range(4)]
    labels = ["a", "b", "a", "b"]
    assert in_memory((same, labels)).fingerprint == in_memory((np.stack(same), labels)).fingerprint
    masks = np.stack([np.asarray(each.convert("1")) for each in same])
    forms: list[Any] = [masks, list(masks), masks.tolist(), [each.convert("1") for each in same]]
    assert len({in_memory((form, labels)).fingerprint for form in forms}) == 1


def test_exact_copies_are_found(folder: Path) -> None:
    from tlzoo.data import exact_duplicates

    files, labels = files_in(folder)
    for given in (files + files[:1], [Image.open(file) for file in files + files[:1]]):
        (copies,) = exact_duplicates(in_memory((given, [*labels, "a"])).samples())
        assert copies.tolist() == [0, COUNT]


def test_unreadable_files_are_skipped(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    files, labels = files_in(folder)
    given = {"train": ([*files, tmp_path / "broken.png"], [*labels, "a"]), "test": (files[:2], labels[:2])}
    samples = in_memory(given).samples()
    assert [each.name for each in samples.set_aside] == [str(tmp_path / "broken.png")]
    assert {name: len(part) for name, part in samples.given.items()} == {"train": COUNT, "test": 2}
    assert len(samples.labels) == COUNT + 2
    with pytest.raises(
        DataError, match=r"no input of class 'c' can be read; remove the class; the first error: .*brok"
    ):
        in_memory(([*files, tmp_path / "broken.png"], [*labels, "c"]))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["a.png", "b.png"], r"none of the 2 images can be read: a.png: the file cannot be read \(No such file"),
        ([picture(0), Path("a.png")], r"not all inputs are images of one kind: data\[0\] is Image, data\[1\] is Posix"),
        (
            [picture(0), None],
            r"data\[0\] is Image, data\[1\] is NoneType; use only arrays, only PIL images or only paths",
        ),
        ([b"\x89PNG", b"GIF8"], r"none of the 2 images can be read: data\[0\]: "),
        ([np.zeros((4, 5, 3)), np.zeros((4, 6, 2))], r"image 1 has shape \(4, 6, 2\); pass each image as"),
        ([np.zeros((4, 5)), np.full((4, 6), 300)], r"image values are 0.0 to 300; pass numbers in 0..255"),
        ([Path("a.wav"), Path("b.wav")], "no modality takes inputs such as a list of PosixPath"),
    ],
)
def test_files_that_are_not_images_are_refused_in_one_line(given: Any, said: str) -> None:
    with pytest.raises(DataError, match=said) as refused:
        in_memory((given, ["a", "b"]))
    assert "\n" not in str(refused.value)


def test_data_that_change_in_memory_after_they_were_read_are_refused() -> None:
    array = np.random.default_rng(0).integers(0, 256, (4, 8, 8), np.uint8)
    data = in_memory((array, [0, 1, 0, 1]))
    assert len(data.samples().examples) == 4
    array[2, 3, 4] += 1
    with pytest.raises(DataError, match=r"the data memory:[0-9a-f]{16} changed in memory after they were read"):
        data.samples()
