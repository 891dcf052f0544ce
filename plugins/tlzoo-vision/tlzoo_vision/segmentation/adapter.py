"""``masks:``: images with a mask each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data import Samples, SetAside, refuse_unknown_options, with_reading_options
from tlzoo.errors import DataError, UsageError
from tlzoo.progress import Silent

from .class_list import ClassList, read_class_list
from .folder import FOLDER_OPTIONS, read_folder
from .mask_files import UnreadableMaskError, read_mask
from .masks import IGNORED, Mask
from .table import TABLE_OPTIONS, read_table
from .task import Segmentation, mask_labels
from .tiles import in_tiles, tile_option

if TYPE_CHECKING:
    from tlzoo.progress import Progress

__all__ = ["masks"]

_OPTIONS = ("alpha", "bits", "classes", "ignore", "tile")


@with_reading_options("alpha", "bits", "tile")
def masks(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open a folder with images in ``images/`` and a mask for each in ``masks/``, under the same name; or a table.

    The folders may also have other common names, or those of ``images=`` and ``masks=``. Folders in them may be
    splits (``images/train``, ``masks/train``). A table (CSV, TSV) has paths, relative to its folder, in the columns
    ``image=`` and ``mask=``, and splits in the column ``split=``.

    A mask is PNG, BMP, GIF or TIFF in the size of its image. Its pixels are class indices (grey, or with a palette), or
    colours listed in ``classes.csv``. 255 is ignored; ``ignore=`` names another index or a class. Names of classes are
    in ``classes.txt``, one a line, in ``classes.csv``, or in ``classes=A,B,C``.

    The columns of a table are those to group by; of a folder, the folders of images in each other: ``folder1``,
    ``folder2``.

    ``bits=16`` keeps all values of images with 16 bits, PNG or grey TIFF; with ``bits=12``, their values are 0 to 4095.
    The default reads their high byte.

    ``tile=PIXELS`` divides images into squares of this size, which are the samples; all tiles of an image are in the
    same split. Predictions of such a run divide images into overlapping tiles.

    Raises:
        DataError: If an image has no mask, or a mask has another size or a value that is not a class.
        UsageError: If the location is empty or an option is unknown.
    """
    if not location:
        raise UsageError("'masks:' has no folder", "add one, as in 'masks:scans/'")
    path = Path(location).expanduser()
    if not path.exists():
        raise DataError(f"no folder {str(path)!r}", "give a folder with images/ and masks/, or a table")
    tile = tile_option(options.get("tile"))
    own, read = (FOLDER_OPTIONS, read_folder) if path.is_dir() else (TABLE_OPTIONS, read_table)
    refuse_unknown_options("masks", options, (*_OPTIONS, *own))
    pairs = read(path, options, progress or Silent())
    listed = read_class_list(path if path.is_dir() else path.parent, options, pairs.masks)
    found, aside = _masks(pairs.masks, listed, progress or Silent())
    chosen = [each for each in found if each is not None]
    if not chosen:
        raise DataError(f"no mask of {path} can be read", f"the first error: {aside[0].reason}")
    kept = pairs.only(np.flatnonzero([each is not None for each in found]))
    task = Segmentation(listed.classes)
    samples = Samples(
        source=f"masks:{location}" + _text(options),
        task=task,
        examples=kept.examples,
        labels=mask_labels(chosen),
        digests=kept.digests,
        given=kept.splits,
        set_aside=(*pairs.set_aside, *aside),
        columns=kept.columns,
        notes=(*pairs.notes, *listed.notes, *_absent(listed.classes, chosen)),
    )
    return samples if tile is None else in_tiles(samples, tile)


def _masks(paths: Sequence[Path], listed: ClassList, progress: Progress) -> tuple[list[Mask | None], list[SetAside]]:
    """Return the mask of each image, None for one that cannot be read, and the reasons."""
    found: list[Mask | None] = []
    aside: list[SetAside] = []
    with progress.track("reading", len(paths), "masks") as advance:
        for path in paths:
            try:
                classes = read_mask(path, listed.palette)
            except UnreadableMaskError as error:
                found.append(None)
                aside.append(SetAside(str(path), str(error)))
                continue
            if (classes == IGNORED).all():
                found.append(None)
                aside.append(SetAside(str(path), "every pixel is ignored"))
            else:
                found.append(Mask.of(classes, (path, listed.palette)))
            advance(1)
    return found, aside


def _absent(classes: Sequence[str], found: Sequence[Mask]) -> list[str]:
    pixels = sum(each.counts[: len(classes)] for each in found)
    return [
        f"no mask has the class {name!r}"
        for name, count in zip(classes, np.atleast_1d(pixels), strict=True)
        if not count
    ]


def _text(options: Mapping[str, str]) -> str:
    return "?" + "&".join(f"{key}={each}" for key, each in options.items()) if options else ""
