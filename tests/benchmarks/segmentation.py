"""Masks of things pasted on photographs: EfficientNet-Lite0 with three strategies, and its network from scratch.

One or two of Tux Paint's stamps are pasted on a photograph; their opaque pixels are the mask. `pasted_scenes.py` says
how scenes are made and how strategies are compared. RESULTS has one line a run.

Run: python tests/benchmarks/segmentation.py RESULTS.jsonl --root ROOT [--labelled 20 100 500] [--seeds 5] [--size 96]
"""

from __future__ import annotations

from pathlib import Path

from pasted_scenes import THINGS, Comparison, Split, opaque_part, splits, stamp
from PIL import Image

CLASSES = ("background", *THINGS)


def write_images(folder: Path, root: Path, seed: int, labelled: int, size: int) -> None:
    """Write images and masks of the three splits."""
    for split in splits(root, seed, labelled):
        for part in ("images", "masks"):
            (folder / part / split.name).mkdir(parents=True)
        for row in range(split.count):
            image, mask = _scene(split, size)
            image.save(folder / f"images/{split.name}/{row}.png")
            mask.save(folder / f"masks/{split.name}/{row}.png")


def _scene(split: Split, size: int) -> tuple[Image.Image, Image.Image]:
    """Return a background with one or two stamps, and the mask."""
    draw, image = split.draw, split.background(size)
    mask = Image.new("L", image.size, 0)
    for index in draw.permutation(len(split.things))[: draw.integers(1, 3)]:
        files = split.things[index]
        pasted = stamp(files[draw.integers(len(files))], int(draw.uniform(0.35, 0.65) * image.width), opaque=False)
        if draw.random() < 0.5:
            pasted = pasted.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        left, top = (int(draw.integers(0, whole - own + 1)) for whole, own in zip(image.size, pasted.size, strict=True))
        image.paste(pasted, (left, top), pasted)
        box = (left, top, left + pasted.width, top + pasted.height)
        mask.paste(int(index) + 1, box, opaque_part(pasted.getchannel("A")))
    return image, mask


COMPARISON = Comparison(
    script=__file__,
    about=__doc__,
    write=write_images,
    source=f"masks:{{folder}}?classes={','.join(CLASSES)}",
    epochs={20: 40, 100: 20, 500: 8},
    figures=("mean_iou", "mean_dice", "pixel_accuracy", "most_frequent"),
    columns={"mean IoU": "mean_iou", "pixel accuracy": "pixel_accuracy"},
    epochs_in_results=True,
)

if __name__ == "__main__":
    COMPARISON.main()
