"""Classes, splits and files in a folder of images."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.data.contract import SPLITS, SetAside
from tlzoo.data.splitting.split_names import describe_splits, split_of
from tlzoo.data.unlabelled import UNLABELLED
from tlzoo.errors import DataError, did_you_mean
from tlzoo.natural_order import natural

if TYPE_CHECKING:
    from collections.abc import Iterator


_SHOWN = 3
READABLE = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".dib", ".webp"})
_CLAIMING = READABLE | {
    ".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".ico", ".psd", ".svg", ".tga", ".ppm", ".pgm", ".pbm",
    ".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image file by its suffix: path below the folder, class, and declared split if any."""

    path: str
    label: int
    split: str | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of all classes, split by split and class by class; images outside class folders; notes on splits."""

    classes: tuple[str, ...]
    files: tuple[ImageFile, ...]
    set_aside: tuple[SetAside, ...]
    notes: tuple[str, ...] = ()


def read_layout(folder: Path) -> Layout:
    """Find classes and files by name, without opening files.

    If every sub-folder is named like a split (``split_names``: ``train``, ``Val``, ``testing``) and has sub-folders
    of its own, these are splits, and the classes are in them. A class may be absent from validation and test. Hidden
    files and folders are skipped; linked folders are followed, but not in circles.

    Raises:
        DataError: If the folder does not exist, has no classes, or a class has no folder in the training split.
    """
    if not folder.is_dir():
        raise DataError(f"folder {str(folder)!r} does not exist", _nearby(folder))
    inside = _subfolders(folder)
    splits = [each for each in inside if split_of(each)]
    others = [each for each in inside if not split_of(each)]
    if others and len(splits) > 1 and "train" in map(split_of, splits):
        fix = "move it out, or rename the splits if they are classes"
        raise DataError(f"{folder} has splits ({', '.join(splits)}) and another folder, {others[0]!r}", fix)
    if splits and not others and any(_subfolders(folder / each) for each in splits):
        return _with_splits(folder, splits)
    if not inside:
        raise DataError(
            _emptiness(folder),
            f"put the images of each class into a folder of its name: {folder}/cat/1.jpg (or use `?labels=none`)",
        )
    classes, files, aside = _classes(folder, "", None)
    return Layout(classes, tuple(files), (*_strays(folder, ""), *aside), _inner_splits(folder, classes))


def read_unlabelled(folder: Path) -> Layout:
    """Find all images below a folder, without classes.

    Raises:
        DataError: If the folder does not exist or has no images.
    """
    if not folder.is_dir():
        raise DataError(f"folder {str(folder)!r} does not exist", _nearby(folder))
    files = tuple(ImageFile(path, 0, None) for path in _walk(folder, "") if _claims(path))
    if not files:
        raise DataError(f"{folder} has no images", "name a folder with images in it or below it")
    return Layout(UNLABELLED.classes, files, ())


def _with_splits(folder: Path, splits: list[str]) -> Layout:
    by_name: dict[str, str] = {}
    for each in splits:
        name = str(split_of(each))
        if name in by_name:
            raise DataError(f"{folder} has both {by_name[name]}/ and {each}/", f"keep one of them for {name}")
        by_name[name] = each
    read = {name: _classes(folder, by_name[name], name) for name in SPLITS if name in by_name}
    classes = tuple(sorted({each for own, _, _ in read.values() for each in own}, key=natural))
    notes = [note] if (note := describe_splits(splits, f"folders in {folder}")) else []
    for name, (own, _, _) in read.items():
        if absent := [each for each in classes if each not in own]:
            shown = ", ".join(map(repr, absent[:_SHOWN])) + (", …" if len(absent) > _SHOWN else "")
            if name == "train":
                fix = "add training images, or remove the class"
                raise DataError(f"{folder}: {by_name[name]}/ has no folder of the class {shown}", fix)
            notes.append(f"{by_name[name]}/ has no images of {len(absent)} of the {len(classes)} classes: {shown}")
    files, aside = [], list(_strays(folder, ""))
    for name, (own, found, strays) in read.items():
        files += [replace(file, label=classes.index(own[file.label])) for file in found]
        aside += [*_strays(folder, by_name[name]), *strays]
    return Layout(classes, tuple(files), tuple(aside), tuple(notes))


def _classes(folder: Path, below: str, split: str | None) -> tuple[tuple[str, ...], list[ImageFile], list[SetAside]]:
    classes: list[str] = []
    files: list[ImageFile] = []
    aside: list[SetAside] = []
    for name in _subfolders(folder / below):
        own = [path for path in _walk(folder, str(Path(below, name))) if _claims(path)]
        if own:
            files += [ImageFile(path, len(classes), split) for path in own]
            classes.append(name)
        else:
            aside.append(SetAside(str(folder / below / name), "a class folder without an image"))
    if not classes:
        raise DataError(
            _emptiness(folder / below), f"put images into its class folders, such as {folder / below}/cat/1.jpg"
        )
    return tuple(classes), files, aside


def _inner_splits(folder: Path, classes: tuple[str, ...]) -> tuple[str, ...]:
    """Return a note if classes have sub-folders named like splits: only splits above classes are read."""
    for name in classes:
        splits = [each for each in _subfolders(folder / name) if split_of(each)]
        if {"train"} < {split_of(each) for each in splits}:
            shown = " and ".join(f"{name}/{each}" for each in splits[:2])
            return (f"{shown} are not read as splits; put the classes below the splits, as in {splits[0]}/{name}",)
    return ()


def _strays(folder: Path, below: str) -> Iterator[SetAside]:
    for entry in _entries(folder / below):
        if entry.is_file() and _claims(entry.name):
            yield SetAside(str(folder / below / entry.name), "an image outside the class folders")


def _walk(folder: Path, below: str, ancestors: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the paths of all visible files, sorted naturally, files before folders."""
    here = os.path.realpath(folder / below)
    if here in ancestors:
        return
    deeper = []
    for entry in _entries(folder / below):
        path = str(Path(below, entry.name))
        if entry.is_dir():
            deeper.append(path)
        else:
            yield path
    for path in deeper:
        yield from _walk(folder, path, (*ancestors, here))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        raise DataError(f"folder {folder} cannot be read: {error.strerror}", "check its permissions") from error
    return sorted(visible, key=lambda entry: natural(entry.name))


def _subfolders(folder: Path) -> list[str]:
    return [entry.name for entry in _entries(folder) if entry.is_dir()]


def _claims(path: str) -> bool:
    return Path(path).suffix.lower() in _CLAIMING


def _emptiness(folder: Path) -> str:
    count = sum(1 for _ in _strays(folder, ""))
    if not count:
        return f"{folder} has no images"
    return f"{folder} has {count} image{'s' if count > 1 else ''} but no class folders"


def _nearby(folder: Path) -> str:
    if folder.exists():
        return "name a folder, as in 'images:photos/'"
    if not folder.parent.is_dir():
        return f"{str(folder.parent)!r} does not exist either"
    return did_you_mean(folder.name, _subfolders(folder.parent), valid=f"folders in {str(folder.parent)!r}")
