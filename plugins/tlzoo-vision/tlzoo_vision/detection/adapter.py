"""``boxes:``: images with boxes, from COCO, Pascal VOC or YOLO annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data import FolderColumns, Samples, refuse_unknown_options, with_reading_options
from tlzoo.errors import DataError, UsageError
from tlzoo.modalities import require_modality
from tlzoo.progress import Silent

from .annotations import Annotated, AnnotatedImage
from .box_checks import BoxChecks
from .boxes import CLASS, box_labels
from .coco import coco_files, is_coco, read_coco
from .task import Detection
from .voc import read_voc, voc_files
from .yolo import is_yolo, read_yolo

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.tasks import Labels

__all__ = ["boxes"]

_OPTIONS = ("alpha", "classes", "images", "invalid")
_LAYOUTS = "a COCO file (annotations/*.json), Pascal VOC (Annotations/*.xml), or YOLO (images/ and labels/*.txt)"


@with_reading_options("alpha")
def boxes(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open a folder or a JSON file with boxes: the format is recognized by the files in it.

    COCO: JSON files in the folder or in ``annotations/``; several files are splits. Pascal VOC: XML files in
    ``Annotations/``, images in ``JPEGImages/``, splits in ``ImageSets/Main/``. YOLO: images in ``images/`` and text
    files in ``labels/``, with folders as splits. ``images=NAME`` is another folder of images, ``classes=A,B,C`` names
    the classes of VOC and YOLO.

    Folders of images in each other are columns to group by: ``folder1``, ``folder2``.

    A box outside its image, an empty one and one with swapped corners are errors; ``invalid=skip`` leaves them out.
    A box over the border is clipped, and an exact duplicate is left out, with a note.

    Raises:
        DataError: If annotations are damaged, have no image or an unknown class, or a box is not valid.
        UsageError: If the location is empty or an option is unknown.
    """
    if not location:
        raise UsageError("'boxes:' has no folder", "add one, as in 'boxes:scenes/'")
    refuse_unknown_options("boxes", options, _OPTIONS)
    if (invalid := options.get("invalid", "skip")) != "skip":
        raise UsageError(f"invalid={invalid} in 'boxes:{location}'", "use invalid=skip, or leave it out")
    path = Path(location).expanduser()
    read = _read(path, options)
    if not read.images:
        raise DataError(f"{path} has no annotated image", "check the folder")
    _refuse_repeated(read.images)
    given = [str(each.path) for each in read.images]
    asked = {"alpha": options["alpha"]} if "alpha" in options else {}
    inputs = require_modality("vision").read_in_memory([given], str(path), asked, progress or Silent())
    if inputs is None:
        raise DataError(f"{path}: {given[0]} is not an image", "check the folder of images")
    kept = [read.images[row] for row in inputs.rows]
    checks = BoxChecks(skip="invalid" in options)
    labels = _labels(kept, inputs.examples, checks)
    return Samples(
        source=f"boxes:{location}"
        + ("?" + "&".join(f"{key}={each}" for key, each in options.items()) if options else ""),
        task=Detection(read.classes),
        examples=inputs.examples,
        labels=labels,
        digests=inputs.digests,
        given=_splits(kept),
        set_aside=inputs.set_aside,
        columns=FolderColumns.below_common([each.path for each in kept]),
        notes=(*inputs.notes, *read.notes, *checks.notes(), *_absent(read.classes, labels)),
    )


def _read(path: Path, options: Mapping[str, str]) -> Annotated:
    if path.is_file() and path.suffix.lower() == ".json":
        return read_coco([path], _only(path, options, "COCO"))
    if not path.is_dir():
        raise DataError(f"no folder or JSON file {str(path)!r}", f"give {_LAYOUTS}")
    found = coco_files(path)
    if any(map(is_coco, found)):
        return read_coco(found, _only(path, options, "COCO"))
    if files := voc_files(path):
        return read_voc(path, files, options)
    if is_yolo(path, options):
        return read_yolo(path, options)
    if found:  # the error says what they lack
        return read_coco(found, options)
    raise DataError(f"{path} has no annotations", f"give {_LAYOUTS}")


def _only(path: Path, options: Mapping[str, str], what: str) -> Mapping[str, str]:
    if "classes" in options:
        raise UsageError(f"classes= in {str(path)!r}: {what} files name their classes", "leave it out")
    return options


def _refuse_repeated(images: Sequence[AnnotatedImage]) -> None:
    seen: dict[Path, str] = {}
    for each in images:
        if each.path in seen:
            raise DataError(f"{each.path} is annotated twice, in {seen[each.path]} and {each.where}", "remove one")
        seen[each.path] = each.where


def _labels(images: Sequence[AnnotatedImage], examples: Any, checks: BoxChecks) -> Labels:
    """Return the checked boxes of readable images, float32 (N, M, 6)."""
    found = []
    for image, (height, width, _) in zip(images, examples.shapes, strict=True):
        size = int(height), int(width)
        if image.size is not None and image.size != size:
            what = f"{image.path} has {size[1]} x {size[0]} pixels, but {image.where} says"
            raise DataError(f"{what} {image.size[1]} x {image.size[0]}", "restore the image, or correct its boxes")
        where = image.where if image.where.endswith(".xml") or image.relative else f"{image.where}, {image.path.name}"
        found.append(checks.checked(image.boxes, size, relative=image.relative, where=where))
    return box_labels(found)


def _splits(images: Sequence[AnnotatedImage]) -> dict[str, np.ndarray]:
    """Return the declared splits; images without one, such as those of VOC that no list names, are in none."""
    names = [each.split for each in images]
    declared = [split for split in dict.fromkeys(names) if split is not None]
    return {split: np.flatnonzero([each == split for each in names]) for split in declared}


def _absent(classes: Sequence[str], labels: Labels) -> list[str]:
    counts = np.bincount(labels[..., CLASS][labels[..., CLASS] >= 0].astype(np.int64), minlength=len(classes))
    return [f"no box has the class {name!r}" for name, count in zip(classes, counts, strict=True) if not count]
