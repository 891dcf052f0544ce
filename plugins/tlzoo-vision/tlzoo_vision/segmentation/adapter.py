"""``masks:FOLDER``: images with a mask each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data import Samples, SetAside, images, refuse_unknown_options, split_of
from tlzoo.errors import DataError, UsageError
from tlzoo.progress import Silent

from .class_list import ClassList, read_class_list
from .mask_files import SUFFIXES, UnreadableMaskError, read_mask
from .masks import IGNORED, Mask
from .task import Segmentation, mask_labels

if TYPE_CHECKING:
    from tlzoo.progress import Progress

__all__ = ["masks"]

_OPTIONS = ("alpha", "classes", "ignore", "images", "masks")
_IMAGES = ("images", "image", "imgs", "JPEGImages")
_MASKS = ("masks", "mask", "labels", "annotations", "SegmentationClass")
_ENDINGS = ("_mask", "_masks", "_label", "_labels", "_segmentation", "_seg", "_L")


def masks(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open a folder with images in ``images/`` and a mask for each in ``masks/``, under the same name.

    The folders may also have other common names, or those of ``images=`` and ``masks=``. Folders in them may be
    splits (``images/train``, ``masks/train``). A mask is PNG, BMP, GIF or TIFF in the size of its image. Its pixels are
    class indices (grey, or with a palette), or colours listed in ``classes.csv``. 255 is ignored; ``ignore=`` names
    another index or a class. Names of classes are in ``classes.txt``, one a line, in ``classes.csv``, or in
    ``classes=A,B,C``.

    Raises:
        DataError: If an image has no mask, or a mask has another size or a value that is not a class.
        UsageError: If the location is empty or an option is unknown.
    """
    refuse_unknown_options("masks", options, _OPTIONS)
    if not location:
        raise UsageError("'masks:' has no folder", "add one, as in 'masks:scans/'")
    folder = Path(location).expanduser()
    if not folder.is_dir():
        raise DataError(f"no folder {str(folder)!r}", "give a folder with images/ and masks/")
    pictures = _part(folder, options.get("images"), _IMAGES, "images")
    labelled = _part(folder, options.get("masks"), _MASKS, "masks")
    asked = {"labels": "none"} | ({"alpha": options["alpha"]} if "alpha" in options else {})
    read = images(str(pictures), asked, progress=progress)
    names = [Path(read.examples.name(at)).relative_to(pictures) for at in range(len(read.examples))]
    paths = _paired(names, _mask_files(labelled), pictures)
    listed = read_class_list(folder, options, paths)
    found, aside = _masks(paths, listed, progress or Silent())
    kept = np.array([at for at, each in enumerate(found) if each is not None], np.int64)
    if not len(kept):
        raise DataError(f"no mask in {labelled} can be read", f"the first error: {aside[0].reason}")
    chosen = [each for each in found if each is not None]
    return replace(
        read,
        source=f"masks:{location}" + _text(options),
        task=Segmentation(listed.classes),
        examples=read.examples if len(kept) == len(found) else Chosen(read.examples, kept),
        labels=mask_labels(chosen),
        digests=read.digests[kept],
        given=_splits([names[at] for at in kept]),
        set_aside=(*read.set_aside, *aside),
        notes=(*read.notes, *listed.notes, *_absent(listed.classes, chosen)),
    )


class Chosen:
    """Some of the examples of another source, with its attributes."""

    def __init__(self, examples: Any, positions: np.ndarray) -> None:
        self._examples = examples
        self._positions = positions
        self.modality = examples.modality
        self.formats = examples.formats
        self.background = examples.background
        self.shapes = examples.shapes[positions]
        self.hashes = examples.hashes[positions]

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self._positions)

    def name(self, index: int) -> str:
        """Return the name of an example."""
        return str(self._examples.name(int(self._positions[index])))

    def stream(self, indices: np.ndarray) -> Any:
        """Return the raw inputs at ``indices``."""
        return self._examples.stream(self._positions[indices])


def _part(folder: Path, asked: str | None, usual: Sequence[str], what: str) -> Path:
    names = usual if asked is None else (asked,)
    found = [folder / name for name in names if (folder / name).is_dir()]
    if not found:
        raise DataError(
            f"{folder} has no folder {names[0]!r}", f"make one, or name the folder of {what} with {what}=NAME"
        )
    return found[0]


def _mask_files(folder: Path) -> dict[Path, Path]:
    """Return mask files by their path without suffix, relative to the folder."""
    found: dict[Path, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file() or path.name.startswith("."):
            continue
        key = path.relative_to(folder).with_suffix("")
        if key in found:
            raise DataError(f"{found[key]} and {path} are masks of the same image", "remove one of them")
        found[key] = path
    if not found:
        raise DataError(f"no mask in {folder}", "save masks as PNG, under the names of their images")
    return found


def _paired(names: Sequence[Path], files: Mapping[Path, Path], pictures: Path) -> list[Path]:
    """Return the mask of each image. Raises DataError for images without one."""
    keys = [name.with_suffix("") for name in names]
    candidates = [(key, *(key.with_name(key.name + ending) for ending in _ENDINGS)) for key in keys]
    found = [next((files[each] for each in own if each in files), None) for own in candidates]
    missing = [name for name, path in zip(names, found, strict=True) if path is None]
    if missing:
        count = f"{len(missing)} images have" if len(missing) > 1 else "1 image has"
        raise DataError(f"{count} no mask, such as {pictures / missing[0]}", "add the masks, or move the images out")
    return [path for path in found if path is not None]


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


def _splits(names: Sequence[Path]) -> dict[str, np.ndarray]:
    """Return declared splits, if the first folders of all paths are splits."""
    parts = [split_of(name.parts[0]) if len(name.parts) > 1 else None for name in names]
    if None in parts:
        return {}
    return {str(split): np.flatnonzero([each == split for each in parts]) for split in dict.fromkeys(parts)}


def _absent(classes: Sequence[str], found: Sequence[Mask]) -> list[str]:
    pixels = sum(each.counts[: len(classes)] for each in found)
    return [
        f"no mask has the class {name!r}"
        for name, count in zip(classes, np.atleast_1d(pixels), strict=True)
        if not count
    ]


def _text(options: Mapping[str, str]) -> str:
    return "?" + "&".join(f"{key}={each}" for key, each in options.items()) if options else ""
