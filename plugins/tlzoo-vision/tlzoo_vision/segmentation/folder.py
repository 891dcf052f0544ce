"""Images in one folder, and their masks in another, under the same names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data import FolderColumns, images, split_of
from tlzoo.errors import DataError
from tlzoo.modalities import require_modality

from .mask_files import SUFFIXES
from .pairs import Pairs

if TYPE_CHECKING:
    from tlzoo.data import Inputs
    from tlzoo.progress import Progress

__all__ = ["FOLDER_OPTIONS", "read_folder"]

FOLDER_OPTIONS = ("images", "masks")
_TIFF = (".tif", ".tiff")
_READ = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", *_TIFF)
_IMAGES = ("images", "image", "imgs", "JPEGImages")
_MASKS = ("masks", "mask", "labels", "annotations", "SegmentationClass")
_ENDINGS = ("_mask", "_masks", "_label", "_labels", "_segmentation", "_seg", "_L")


def read_folder(folder: Path, options: Mapping[str, str], progress: Progress) -> Pairs:
    """Return the images of a folder with the paths of their masks. Raises DataError for an image without a mask."""
    pictures = _part(folder, options.get("images"), _IMAGES, "images")
    labelled = _part(folder, options.get("masks"), _MASKS, "masks")
    asked = {name: options[name] for name in ("alpha", "bits") if name in options}
    read = _with_tiff(pictures, asked, progress) or images(
        str(pictures), {"labels": "none", **asked}, progress=progress
    )
    names = [Path(read.examples.name(at)).relative_to(pictures) for at in range(len(read.examples))]
    paths = _paired(names, _mask_files(labelled), pictures)
    columns = FolderColumns.below_common(names)
    return Pairs(read.examples, read.digests, paths, _splits(names), columns, read.set_aside, read.notes)


def _part(folder: Path, asked: str | None, usual: Sequence[str], what: str) -> Path:
    names = usual if asked is None else (asked,)
    found = [folder / name for name in names if (folder / name).is_dir()]
    if not found:
        raise DataError(
            f"{folder} has no folder {names[0]!r}", f"make one, or name the folder of {what} with {what}=NAME"
        )
    return found[0]


def _with_tiff(folder: Path, options: Mapping[str, str], progress: Progress) -> Inputs | None:
    """Return the images of a folder with TIFF among them; None for a folder without."""
    paths = [each for each in sorted(folder.rglob("*")) if each.suffix.lower() in _READ and each.name[0] != "."]
    if not any(each.suffix.lower() in _TIFF for each in paths):
        return None
    return require_modality("vision").read_in_memory([list(map(str, paths))], str(folder), options, progress)


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


def _splits(names: Sequence[Path]) -> dict[str, np.ndarray]:
    """Return declared splits, if the first folders of all paths are splits."""
    parts = [split_of(name.parts[0]) if len(name.parts) > 1 else None for name in names]
    if None in parts:
        return {}
    return {str(split): np.flatnonzero([each == split for each in parts]) for split in dict.fromkeys(parts)}
