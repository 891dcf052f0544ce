"""Tables with a column of image paths and a column of mask paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data import ChosenColumns, split_of, table_columns, table_inputs
from tlzoo.errors import DataError, UsageError
from tlzoo.modalities import require_modality

from .pairs import Pairs

if TYPE_CHECKING:
    from tlzoo.progress import Progress

__all__ = ["TABLE_OPTIONS", "read_table"]

TABLE_OPTIONS = ("image", "mask", "split")


def read_table(path: Path, options: Mapping[str, str], progress: Progress) -> Pairs:
    """Return the images of a table with the paths of their masks; paths are relative to the table's folder.

    Raises DataError for a row without an image or a mask, and UsageError without the names of both columns.
    """
    for name in ("image", "mask"):
        if name not in options:
            raise UsageError(f"'masks:{path}' has no {name} column", f"name it: ?{name}=COLUMN")
    pictures, masks = (_paths(path, options[name], name) for name in ("image", "mask"))
    asked = {name: options[name] for name in ("alpha", "bits") if name in options}
    read = require_modality("vision").read_in_memory([[str(each) for each in pictures]], str(path), asked, progress)
    if read is None:
        raise DataError(f"{path}: {pictures[0]} is not the path of an image", f"check the column {options['image']!r}")
    splits = _splits(path, options["split"]) if "split" in options else {}
    kept = {name: np.flatnonzero(np.isin(read.rows, part)) for name, part in splits.items()}
    columns = ChosenColumns(table_columns(str(path)), read.rows)
    own = [masks[row] for row in read.rows]
    return Pairs(read.examples, read.digests, own, kept, columns, read.set_aside, read.notes)


def _paths(path: Path, column: str, what: str) -> list[Path]:
    found = [Path(str(each)) if str(each) else None for each in table_inputs(str(path), {"image": column})]
    empty = [row for row, each in enumerate(found, start=1) if each is None]
    if empty:
        raise DataError(f"{path}: row {empty[0]} has no {what}", f"fill in {len(empty)} cells, or remove the rows")
    return [each for each in found if each is not None]


def _splits(path: Path, column: str) -> dict[str, np.ndarray]:
    """Return the rows of each split; rows with an empty cell are in none."""
    rows: Sequence[Any] = table_inputs(str(path), {"text": column})
    cells = [str(row[0]) for row in rows]
    read = [split_of(cell) if cell else None for cell in cells]
    unknown = [cell for cell, split in zip(cells, read, strict=True) if cell and split is None]
    if unknown:
        raise DataError(f"{path} has the split {unknown[0]!r}", "use train, validation and test")
    return {str(split): np.flatnonzero([each == split for each in read]) for split in dict.fromkeys(read) if split}
