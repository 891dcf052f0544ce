"""``arrays:FILE.npz``: images and labels as NumPy arrays, in one or in two parts."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tlzoo.data.contract import Array, Progress, Samples
from tlzoo.data.pictures import ArrayPictures
from tlzoo.data.source import refuse_unknown_options
from tlzoo.data.tasks import Classification
from tlzoo.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

AnyArray: TypeAlias = "np.ndarray[Any, Any]"

_WHOLE = (("x", "y"), ("images", "labels"))
_PARTS = {"train": ("x_train", "y_train"), "validation": ("x_val", "y_val"), "test": ("x_test", "y_test")}
_FORMS = "'x' and 'y', 'images' and 'labels', or 'x_train', 'y_train', 'x_test' and 'y_test'"
_CHANNELS = (1, 3)


def arrays(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open an ``.npz`` file: ``x`` and ``y``, ``images`` and ``labels``, or Keras's ``x_train``, ``y_train``, ….

    Images are (N, height, width) or (N, height, width, 1 or 3). Integers must lie in 0..255. Floating point whose
    largest value over the whole file is at most 1 is taken as 0..1 and scaled to 0..255; otherwise it must lie in
    0..255 and is rounded. Labels are (N,) or (N, 1), integers or strings; the classes are their sorted values, or
    the file's ``classes``, which integer labels then point into. ``?images=KEY&labels=KEY`` names other keys.
    Objects (pickles) are never loaded.

    Raises DataError for a file that is none of this, UsageError for an unknown option.
    """
    refuse_unknown_options("arrays", options, ("images", "labels"))
    content = _read(Path(location).expanduser())
    parts = _parts(content, options, location)
    images = _as_images([content[x] for x, _ in parts.values()], location)
    by_part = [_as_labels(content[y], y, location) for _, y in parts.values()]
    counts = [len(content[x]) for x, _ in parts.values()]
    for (x, y), count, own in zip(parts.values(), counts, by_part, strict=True):
        if count != len(own):
            raise DataError(
                f"{location}: {count} images in {x!r}, {len(own)} labels in {y!r}", "give one label an image"
            )
    if not len(images):
        raise DataError(f"{location}: no images in it", "give an array of at least two images a class")
    positions, classes = _as_positions(np.concatenate(by_part), content.get("classes"), location)
    edges = np.cumsum([0, *counts])
    given = {name: np.arange(*edges[at : at + 2], dtype=np.int64) for at, name in enumerate(parts) if name}
    examples = ArrayPictures(Path(location).name, images)
    if progress is not None:
        progress(len(examples), len(examples))
    task = Classification(classes)
    return Samples(f"arrays:{location}", task, examples, positions, examples.digests(), given)


def _read(path: Path) -> dict[str, AnyArray]:
    if not path.is_file():
        raise DataError(f"no file {str(path)!r}", "name an .npz file, as in 'arrays:digits.npz'")
    try:
        with path.open("rb") as file:  # opened here, as np.load leaves a broken file open
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                raise DataError(f"{path} holds a single array", "save images and labels with np.savez(file, x=…, y=…)")
            return {key: archive[key] for key in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        reason = "it holds Python objects" if "pickle" in str(error).lower() and zipfile.is_zipfile(path) else error
        fix = "save plain arrays with np.savez(file, x=…, y=…)"
        raise DataError(f"{path} cannot be read as .npz: {reason}", fix) from error


def _parts(content: Mapping[str, AnyArray], options: Mapping[str, str], location: str) -> dict[str, tuple[str, str]]:
    """Return the keys of images and labels of every part; a part without a name is no declared split."""
    if options:
        pair = (options.get("images", "x"), options.get("labels", "y"))
        for key in pair:
            if key not in content:
                raise DataError(f"{location} has no array {key!r}", did_you_mean(key, content))
        return {"": pair}
    if "x_train" in content and "y_train" in content:
        return {name: keys for name, keys in _PARTS.items() if all(key in content for key in keys)}
    for pair in _WHOLE:
        if all(key in content for key in pair):
            return {"": pair}
    raise DataError(f"{location} has the arrays {sorted(content)}", f"name them {_FORMS}, or use '?images=…&labels=…'")


def _as_images(parts: list[AnyArray], location: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    sizes = {part.shape[1:] for part in parts}
    size = next(iter(sizes))
    if len(sizes) > 1 or not (len(size) == 2 or (len(size) == 3 and size[2] in _CHANNELS)):  # noqa: PLR2004 - ranks
        forms = "(N, height, width) or (N, height, width, 1 or 3), the same size in all parts"
        raise DataError(f"{location}: images have the shapes {[part.shape for part in parts]}", f"give {forms}")
    images = np.concatenate(parts) if len(parts) > 1 else parts[0]
    images = images[..., np.newaxis] if len(size) == 2 else images  # noqa: PLR2004
    if images.dtype == np.uint8 or not images.size:
        return images.astype(np.uint8, copy=False)
    if images.dtype == np.bool_:
        return images.astype(np.uint8) * 255
    if images.dtype.kind not in "iuf":
        raise DataError(f"{location}: images are of type {images.dtype}", "give numbers in 0..255 or 0..1")
    low, high = images.min(), images.max()
    if not (np.isfinite(low) and np.isfinite(high) and low >= 0 and high <= 255):  # noqa: PLR2004 - a byte's range
        raise DataError(f"{location}: images reach from {low} to {high}", "give numbers in 0..255 or 0..1")
    scale = 255.0 if images.dtype.kind == "f" and high <= 1 else 1.0
    return images.astype(np.uint8) if images.dtype.kind in "iu" else np.rint(images * scale).astype(np.uint8)


def _as_labels(labels: AnyArray, key: str, location: str) -> AnyArray:
    if labels.ndim == 2 and labels.shape[1] == 1:  # noqa: PLR2004 - a column, as Keras's own sets have
        labels = labels[:, 0]
    if labels.ndim != 1:
        fix = "give one label an image; for one-hot rows that is labels.argmax(axis=1)"
        raise DataError(f"{location}: {key!r} has the shape {labels.shape}", fix)
    if labels.dtype.kind == "f" and (labels == np.rint(labels)).all():
        return labels.astype(np.int64)
    if labels.dtype.kind not in "iubUS":
        raise DataError(f"{location}: labels are of type {labels.dtype}", "give integers or strings")
    return np.char.decode(labels, "utf-8") if labels.dtype.kind == "S" else labels


def _as_positions(labels: AnyArray, names: AnyArray | None, location: str) -> tuple[Array, tuple[str, ...]]:
    if names is None:
        values, positions = np.unique(labels, return_inverse=True)
        return positions.astype(np.int64), tuple(str(value) for value in values)
    classes = tuple(str(name) for name in names.reshape(-1))
    if len(set(classes)) != len(classes):
        raise DataError(f"{location}: 'classes' has a name twice", "give every class a name of its own")
    if labels.dtype.kind == "U":
        if unknown := sorted(set(labels.tolist()) - set(classes)):
            raise DataError(f"{location}: label {unknown[0]!r} is not in 'classes'", did_you_mean(unknown[0], classes))
        place = {name: position for position, name in enumerate(classes)}
        return np.asarray([place[label] for label in labels.tolist()], np.int64), classes
    if not 0 <= labels.min() <= labels.max() < len(classes):
        found = f"labels reach from {labels.min()} to {labels.max()}, but 'classes' has {len(classes)} names"
        raise DataError(f"{location}: {found}", "integer labels are positions in 'classes', from 0")
    return labels.astype(np.int64), classes
