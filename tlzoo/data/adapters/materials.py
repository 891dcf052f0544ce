"""``materials:``, patches of scikit-image's photographs by material: 32 x 32 pixels in colour, available offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data.adapters.class_options import CLASS_OPTIONS, with_class_options
from tlzoo.data.contract import Samples
from tlzoo.data.source import refuse_unknown_options
from tlzoo.errors import UsageError
from tlzoo.modalities.vision.pictures import ArrayPictures
from tlzoo.progress import Progress
from tlzoo.tasks import Classification

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIDE = 32
"""Height and width of a patch in pixels."""

MOST = 32
"""Maximum number of patches of one material in each split."""

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""

REGIONS: Mapping[str, tuple[str, Box, Box]] = {
    "brick": ("brick", (0, 0, 256, 512), (256, 0, 512, 512)),
    "concrete": ("stereo_motorcycle", (0, 436, 288, 500), (288, 436, 544, 500)),
    "fur": ("chelsea", (32, 0, 192, 96), (192, 0, 320, 96)),
    "grass": ("grass", (0, 0, 256, 512), (256, 0, 512, 512)),
    "gravel": ("gravel", (0, 0, 256, 512), (256, 0, 512, 512)),
    "soil": ("moon", (0, 0, 256, 512), (256, 0, 512, 512)),
    "tissue": ("immunohistochemistry", (0, 0, 256, 512), (256, 0, 512, 512)),
    "wood": ("coffee", (480, 0, 600, 224), (480, 224, 600, 400)),
}
"""Photograph of each material, with the region for training and the region for the test."""


def materials(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:  # noqa: ARG001 - they are small
    """Open the patches: uint8 (32, 32, 3), with declared train and test splits from separate regions.

    ``task=KIND`` and ``classes=A,B,C`` are the same as for ``images:``. Raises UsageError for a location or another
    option, and if scikit-image is not installed.
    """
    refuse_unknown_options("materials", options, CLASS_OPTIONS)
    if location:
        raise UsageError(f"'materials:' takes no location; got {location!r}", "write 'materials:'")
    images, labels, tested = [], [], []
    for label, (photograph, *regions) in enumerate(REGIONS.values()):
        picture = _photograph(photograph)
        for is_test, box in enumerate(regions):
            patches = list(_patches(picture, box))
            images += patches
            labels += [label] * len(patches)
            tested += [bool(is_test)] * len(patches)
    examples = ArrayPictures("materials", np.stack(images))
    samples = Samples(
        source="materials:" + ("?" + "&".join(f"{name}={value}" for name, value in options.items()) if options else ""),
        task=Classification(tuple(REGIONS)),
        examples=examples,
        labels=np.asarray(labels, np.int64),
        digests=examples.digests(),
        given={"train": np.flatnonzero(~np.asarray(tested)), "test": np.flatnonzero(tested)},
    )
    return with_class_options(samples, options)


def _photograph(name: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a photograph in colour, uint8 (height, width, 3)."""
    try:
        from skimage import data
    except ImportError as error:
        raise UsageError("'materials:' needs scikit-image", "install tlzoo[photos]") from error
    picture = getattr(data, name)()
    picture = np.asarray(picture[0] if isinstance(picture, tuple) else picture, np.uint8)
    return picture if picture.ndim > 2 else np.repeat(picture[..., np.newaxis], 3, axis=2)  # noqa: PLR2004 - grey


def _patches(picture: np.ndarray[Any, np.dtype[np.uint8]], box: Box) -> Iterator[np.ndarray[Any, Any]]:
    """Yield up to ``MOST`` patches of a region, spread over its grid; they do not overlap."""
    left, top, right, bottom = box
    corners = [(y, x) for y in range(top, bottom - SIDE + 1, SIDE) for x in range(left, right - SIDE + 1, SIDE)]
    for place in np.linspace(0, len(corners) - 1, min(MOST, len(corners))).round().astype(int):
        y, x = corners[place]
        yield picture[y : y + SIDE, x : x + SIDE]
