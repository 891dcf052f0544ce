"""``arrays:FILE.npz``: images, or rows of numbers, and labels as NumPy arrays, in one part or two."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tlzoo.data.adapter_contract import with_label_options
from tlzoo.data.adapters.arrays.archive import Archive
from tlzoo.data.adapters.arrays.columns import ArrayColumns
from tlzoo.data.adapters.arrays.labels import is_one_hot, read_labels, read_weights
from tlzoo.data.contract import Samples
from tlzoo.data.source import refuse_unknown_options
from tlzoo.data.unlabelled import UNLABELLED
from tlzoo.errors import DataError, did_you_mean
from tlzoo.files.folders import expanded
from tlzoo.modalities.numeric.number_rows import NumberRows
from tlzoo.modalities.vision.pictures import ArrayPictures, pictures_of
from tlzoo.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

AnyArray: TypeAlias = "np.ndarray[Any, Any]"

_WHOLE = (("x", "y"), ("images", "labels"))
_PARTS = {"train": ("x_train", "y_train"), "validation": ("x_val", "y_val"), "test": ("x_test", "y_test")}
_FORMS = "'x' and 'y', 'images' and 'labels', or 'x_train', 'y_train', 'x_test' and 'y_test'"


@with_label_options("labels", "task")
def arrays(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:  # noqa: ARG001 - one call of NumPy reads it
    """Open an ``.npz`` file: ``x`` and ``y``, ``images`` and ``labels``, or Keras's ``x_train``, ``y_train``, ….

    Rows of numbers are (N, columns). Images are (N, height, width) or (N, height, width, 1 or 3). Integers must lie in
    0..255. Floating-point images with a maximum of at most 1 in the whole file are scaled from 0..1 to 0..255;
    others must lie in 0..255 and are rounded. ``?images=KEY&labels=KEY`` names other keys. Objects (pickles) are
    never loaded. With ``labels=none`` only the inputs are read, without labels.

    Labels are (N,) or (N, 1), integers or strings. The classes are their sorted values, or the file's ``classes``,
    to which integer labels are indices. Rows (N, K) of 0 and 1 are several labels, named by ``classes``, or one class
    of several if every row has a single 1. Fractions, (N,) or (N, T), are regression targets, named by ``targets``.
    ``?task=regression`` reads whole numbers as targets, ``?task=multi-label`` rows with a single 1 as multi-label.
    ``weights`` (N,) are sample weights of all parts, one after the other. Other arrays (N,), or one for each part, such
    as ``camera_train`` and ``camera_test``, are columns to group results by.

    Raises:
        DataError: For a file without such arrays.
        UsageError: For an unknown option.
    """
    refuse_unknown_options("arrays", options, ("images", "labels", "task"))
    content = Archive(expanded(location))
    title = Path(location).name
    if options.get("labels") == "none" and "none" not in content:
        examples = _examples([content[key] for key in _input_keys(content, options, location)], title, location)
        nothing = np.zeros(len(examples), np.int64)
        return Samples(f"arrays:{location}", UNLABELLED, examples, nothing, examples.digests())
    parts = _parts(content, options, location)
    inputs = [content[x] for x, _ in parts.values()]
    examples = _examples(inputs, title, location)
    counts = [len(each) for each in inputs]
    for (x, y), count in zip(parts.values(), counts, strict=True):
        if content[y].ndim and count != len(content[y]):
            raise DataError(
                f"{location}: {count} images in {x!r}, {len(content[y])} labels in {y!r}", "give one label per image"
            )
    task, labels = read_labels({y: content[y] for _, y in parts.values()}, content, options.get("task"), location)
    edges = np.cumsum([0, *counts])
    given = {name: np.arange(*edges[at : at + 2], dtype=np.int64) for at, name in enumerate(parts) if name}
    weights = read_weights(content.get("weights"), len(examples), location)
    notes = () if options.get("task") else tuple(_notes(content[y] for _, y in parts.values()))
    used = ["weights", *(key for keys in parts.values() for key in keys)]
    columns = ArrayColumns(content, used, {x: count for (x, _), count in zip(parts.values(), counts, strict=True)})
    return Samples(
        f"arrays:{location}",
        task,
        examples,
        labels,
        examples.digests(),
        given,
        weights=weights,
        notes=notes,
        columns=columns,
    )


def _notes(labels: Iterable[AnyArray]) -> Iterator[str]:
    if all(is_one_hot(each) for each in labels):
        yield "every row of labels has a single 1: the task is classification; '?task=multi-label' makes it multi-label"


def _parts(content: Mapping[str, AnyArray], options: Mapping[str, str], location: str) -> dict[str, tuple[str, str]]:
    """Return the keys of images and labels of every part; a part without a name is not a declared split."""
    if {"images", "labels"} & options.keys():
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


def _input_keys(content: Mapping[str, AnyArray], options: Mapping[str, str], location: str) -> list[str]:
    """Return the keys of inputs without labels: those of all parts, or ``x`` or ``images``."""
    if "images" in options:
        keys = [options["images"]]
    else:
        keys = [x for x, _ in _PARTS.values() if x in content] or [x for x, _ in _WHOLE if x in content][:1]
    if not keys or keys[0] not in content:
        fix = did_you_mean(keys[0], content) if keys else "name the inputs 'x' or 'images', or use '?images=KEY'"
        raise DataError(f"{location} has the arrays {sorted(content)}", fix)
    return keys


def _examples(inputs: list[AnyArray], title: str, location: str) -> NumberRows | ArrayPictures:
    found = _as_numbers(inputs, title) if _are_rows(inputs) else pictures_of(title, inputs, location)
    if not len(found):
        raise DataError(f"{location} has no inputs", "give at least one")
    return found


def _are_rows(parts: list[AnyArray]) -> bool:
    return all(part.ndim == 2 for part in parts) and len({part.shape[1] for part in parts}) == 1  # noqa: PLR2004


def _as_numbers(parts: list[AnyArray], title: str) -> NumberRows:
    return NumberRows(title, np.concatenate(parts) if len(parts) > 1 else parts[0])
