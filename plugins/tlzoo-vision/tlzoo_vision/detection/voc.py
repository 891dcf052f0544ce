"""Pascal VOC annotations: an XML file for each image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

from tlzoo.data import natural
from tlzoo.errors import DataError

from .annotations import (
    Annotated,
    AnnotatedImage,
    find_image,
    given_classes,
    one_line,
    read_text,
    refuse_many,
    split_in,
)

__all__ = ["read_voc", "voc_files"]

_FOLDERS = ("Annotations", "annotations", ".")
_IMAGES = ("JPEGImages", "images", ".")
_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp")
_LISTS = Path("ImageSets", "Main")
_SIDES = ("xmin", "ymin", "xmax", "ymax")


def voc_files(folder: Path) -> list[Path]:
    """Return the XML files in ``Annotations/`` or in the folder itself, also in its sub-folders."""
    for place in _FOLDERS:
        if found := sorted((folder / place).rglob("*.xml")):
            return found
    return []


def read_voc(folder: Path, files: list[Path], options: Mapping[str, str]) -> Annotated:
    """Return the images of XML files. Lists of names in ``ImageSets/Main/`` are splits.

    Corners are pixels. A thing that is marked ``difficult`` counts as a crowd.

    Raises:
        DataError: If a file is damaged, an image is missing, or a class is not one of the given ones.
    """
    documents = {path: _document(path) for path in files}
    names = {path: [_text(each, "name", path) for each in root.iter("object")] for path, root in documents.items()}
    given = given_classes(folder, options)
    classes = given or tuple(sorted({name for own in names.values() for name in own}, key=natural))
    refuse_many(len(classes), folder)
    known = set(classes)
    for path, own in names.items():
        if unknown := sorted(set(own) - known):
            raise DataError(f"{path} has a box of the unknown class {unknown[0]!r}", f"classes: {', '.join(classes)}")
    if not classes:
        raise DataError(f"no file in {folder} has a box", "check the folder")
    index = {name: at for at, name in enumerate(classes)}
    base = next(folder / place for place in _FOLDERS if (folder / place) in files[0].parents)
    splits = _splits(folder, files, base)
    images = []
    for path, root in documents.items():
        rows = [
            [*_corners(each, path), index[name], float(each.findtext("difficult", "0").strip() == "1")]
            for each, name in zip(root.iter("object"), names[path], strict=True)
        ]
        boxes = np.array(rows, np.float64).reshape(-1, 6)
        image = _image(folder, path, path.relative_to(base).parent, root, options)
        images.append(AnnotatedImage(image, boxes, str(path), False, _size(root), splits.get(path)))
    return Annotated(images, classes)


def _document(path: Path) -> ET.Element:
    text = read_text(path)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise DataError(f"{path} declares a document type or entities", "remove them: annotations need none")
    try:
        root = ET.fromstring(text)  # noqa: S314 - without entities, it cannot expand or read other files
    except ET.ParseError as error:
        raise DataError(f"{path} is cut short or damaged: {one_line(error)}", "restore it from its original") from error
    if root.tag != "annotation":
        raise DataError(f"{path} is not Pascal VOC's format: its root is <{root.tag:.40}>", "give <annotation>")
    return root


def _image(folder: Path, path: Path, part: Path, root: ET.Element, options: Mapping[str, str]) -> Path:
    """Return the image of an annotation: by its ``filename``, or under the name of the XML file.

    ``part`` is the sub-folder of the annotation, which images may have, too.
    """
    places = (options["images"],) if "images" in options else _IMAGES
    parents = [folder, path.parent.parent] if path.parent.name in _FOLDERS else [folder]
    folders = [place for parent in parents for each in places for place in (parent / each / part, parent / each)]
    folders = [*dict.fromkeys(folders), path.parent]
    for place in folders:
        for suffix in _SUFFIXES:
            if (found := place / path.with_suffix(suffix).name).is_file():
                return found
    return find_image(folders, root.findtext("filename", "").strip() or path.with_suffix(".jpg").name, str(path))


def _size(root: ET.Element) -> tuple[int, int] | None:
    sides = [(root.findtext(f"size/{name}") or "").strip() for name in ("height", "width")]
    height, width = (int(each) if each.isdecimal() and len(each) < 7 else 0 for each in sides)  # noqa: PLR2004
    return (height, width) if height and width else None


def _text(node: ET.Element, name: str, path: Path) -> str:
    text = (node.findtext(name) or "").strip()
    if not text:
        raise DataError(f"{path} has a box without <{name}>", "add it")
    return text


def _corners(node: ET.Element, path: Path) -> list[float]:
    try:
        return [float(_text(node, f"bndbox/{side}", path)) for side in _SIDES]
    except ValueError as error:
        raise DataError(f"{path} has a box whose corners are not numbers: {error}", "correct it") from error


def _splits(folder: Path, files: list[Path], base: Path) -> dict[Path, str]:
    """Return the splits of files: by the lists of ``ImageSets/Main/``, or by sub-folders of ``base``.

    Lists have names of files in ``base`` without suffix; the sub-folder may be left out.
    """
    inside = {path: path.relative_to(base).with_suffix("") for path in files}
    listed = _listed(folder)
    if not listed:
        named = {path: next(filter(None, map(split_in, place.parts[:-1])), None) for path, place in inside.items()}
        return {path: split for path, split in named.items() if split is not None}
    stems = Counter(path.stem for path in files)
    if repeated := next((name for name, count in stems.items() if count > 1 and name in listed), None):
        what = f"{folder / _LISTS} has the name {repeated!r}, which {stems[repeated]} annotations have"
        raise DataError(what, "write it with the sub-folder, as in train/1")
    found = {path: listed.get(place.as_posix(), listed.get(path.stem)) for path, place in inside.items()}
    return {path: split for path, split in found.items() if split is not None}


def _listed(folder: Path) -> dict[str, str]:
    """Return the split of each name in the lists ``ImageSets/Main/train.txt``, ``val.txt`` and ``test.txt``."""
    found: dict[str, str] = {}
    for name in ("train", "val", "test"):
        path = folder / _LISTS / f"{name}.txt"
        if path.is_file():
            found |= {line.split()[0]: str(split_in(name)) for line in read_text(path).splitlines() if line.strip()}
    return found
