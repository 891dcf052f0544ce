"""Images and masks divided into tiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import tlzoo
from tlzoo.backbones.images import image_preprocessing
from tlzoo.errors import UsageError
from tlzoo.modalities import require_modality
from tlzoo.modalities.vision.image_files.decoding import decode
from tlzoo.modalities.vision.image_tiles import only_tiles
from tlzoo.runs.serving.model import open_model
from tlzoo.runs.serving.options import ServerOptions
from tlzoo_vision.segmentation.adapter import masks


def test_tiles_cover_images_and_masks_once(scans: Path) -> None:
    whole = masks(str(scans), {})
    tiles = masks(str(scans), {"tile": "20"})
    assert tiles.tile == 20
    assert (whole.tile, len(whole.labels), len(tiles.labels)) == (None, 4, 16)
    assert tiles.groups.tolist() == [image for image in range(4) for _ in range(4)]
    assert tiles.notes[-1] == "4 images are 16 tiles of 20 x 20 pixels"
    assert tiles.examples.name(3) == f"{scans}/images/0.png (20, 20)"
    for counts, mask in zip(
        (sum(each.counts for each in tiles.labels[at : at + 4]) for at in range(0, 16, 4)), whole.labels, strict=True
    ):
        assert counts[:3].tolist() == mask.counts[:3].tolist()

    asked = np.array([1, 0, 5, 1])
    pixels, _, other, again = tiles.examples.stream(asked).as_numpy_iterator()
    assert (pixels == again).all()
    with Image.open(scans / "images/1.png") as image:
        assert (other[:, :12, 0] == np.asarray(image)[:20, 20:]).all()
    assert not list(tiles.examples.stream(asked[:0]).as_numpy_iterator())
    with Image.open(scans / "images/0.png") as image:
        stored = np.asarray(image)
    assert pixels.shape == (20, 20, 3)
    assert (pixels[:, :17, 0] == stored[:20, 20:]).all()  # 37 pixels wide: the last ones repeat
    assert (pixels[:, 17:, 0] == stored[:20, 36:]).all()
    mask = tiles.task.prepared_labels(tiles.labels[[1, 2]], (20, 20, 3))
    with Image.open(scans / "masks/0.png") as stored:
        assert (mask[0, :, :17] == np.asarray(stored)[:20, 20:]).all()
        assert (mask[1, :10] == np.asarray(stored)[20:, :20]).all()
    assert (mask[0, :, 17:] == 255).all()
    assert tiles.fingerprint != masks(str(scans), {"tile": "16"}).fingerprint


def test_tiles_without_labels_are_left_out_and_given_splits_stay(scans: Path, tmp_path: Path) -> None:
    for part in ("images", "masks"):
        for number, split in enumerate(("train", "train", "val", "test")):
            place = tmp_path / part / split
            place.mkdir(parents=True, exist_ok=True)
            (scans / part / f"{number}.png").rename(place / f"{number}.png")
    classes = np.full((30, 37), 255, np.uint8)
    classes[:16, :16] = 1
    Image.fromarray(classes).save(tmp_path / "masks/train/0.png")
    tiles = masks(str(tmp_path), {"tile": "16"})
    assert tiles.given["train"].size == 1 + 4
    assert {name: np.unique(tiles.groups[part]).size for name, part in tiles.given.items()} == {
        "train": 2,
        "validation": 1,
        "test": 1,
    }


@pytest.mark.parametrize("tile", ["0", "15", "9999", "big"])
def test_an_impossible_tile_is_refused(scans: Path, tile: str) -> None:
    with pytest.raises(UsageError, match=f"tile={tile} is not the side of a tile; give 16 to 4096 pixels"):
        masks(str(scans), {"tile": tile})


def test_a_graph_takes_tiles_only() -> None:
    read = only_tiles(decode, 16)
    tile = tf.io.encode_png(np.zeros((16, 16, 1), np.uint8))
    assert read(tile).shape == (16, 16, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="not a tile of 16 x 16 pixels"):
        read(tf.io.encode_png(np.zeros((16, 20, 1), np.uint8)))


@pytest.mark.slow
def test_a_run_on_tiles_predicts_whole_images(write_masks, tmp_path: Path) -> None:
    folder = write_masks(tmp_path / "scans")
    for path in (folder / "images").iterdir():  # with 16 bits
        Image.fromarray(np.asarray(Image.open(path)).astype(np.uint16) * 256 + 128).save(path)
    run = tlzoo.train(
        data=f"masks:{folder}?tile=16&bits=16",
        backbone="glyphnet",
        weights="random",
        strategy="feature-extraction",
        head="linear-map",
        epochs=2,
        out=tmp_path / "runs",
        export=["saved-model", "litert"],
    )
    large = np.tile(np.asarray(Image.open(folder / "images/1.png")), (3, 2))
    Image.fromarray(large).save(tmp_path / "large.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    asked = [tmp_path / "large.png", folder / "images/1.png", tmp_path / "broken.png"]
    found, small, broken = run.predict(asked, out=tmp_path / "found", runtime="tensorflow")
    assert sum(found["shares"].values()) == pytest.approx(1)
    assert broken["shares"] is None if "shares" in broken else broken["probabilities"] is None
    with Image.open(found["file"]) as mask, Image.open(small["file"]) as one:
        assert mask.size == large.shape[::-1]
        same = np.asarray(mask)[:12, :12] == np.asarray(one)[:12, :12]
    assert same.mean() > 0.9  # the same pixels in the same tile

    by_file, _ = run.predict(asked[:2], out=tmp_path / "by_file", runtime="litert")
    with Image.open(found["file"]) as mask, Image.open(by_file["file"]) as other:
        assert (np.asarray(mask) == np.asarray(other)).mean() > 0.99

    model = open_model(run, ServerOptions.checked(max_batch=4))
    outputs = model.compute([asked[0].read_bytes(), asked[2].read_bytes()])
    assert model.answer(outputs, 0)["shares"] == pytest.approx(found["shares"], abs=1e-3)
    assert model.answer(outputs, 1) is None


def test_an_exported_file_says_that_it_takes_tiles(scans: Path) -> None:
    vision, preparation = require_modality("vision"), image_preprocessing((32, 32), 1)
    reader = vision.raw_reader(preparation, masks(str(scans), {"tile": "20"}).examples)
    assert vision.instructions(preparation, reader).words.endswith("one tile of 20 x 20 pixels: divide larger images.")
    whole = vision.raw_reader(preparation, masks(str(scans), {}).examples)
    assert "tile" not in vision.instructions(preparation, whole).words
