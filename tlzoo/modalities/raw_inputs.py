"""Raw inputs for predictions, and their form in a serving graph."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import DataError, UsageError
from tlzoo.modalities.arrays import refuse_masked

if TYPE_CHECKING:
    from tlzoo.modalities.tiles import TileGrid

__all__ = ["RawInputs", "fits", "read_file", "read_path"]

_LARGEST = 1e19


class RawInputs:
    """Reads inputs for a serving graph: files, by path or as bytes. A modality may have its own class.

    ``argument`` is that of the serving signature, ``shape`` that of one input.
    """

    dtype = "string"
    """The type of the graph's input tensor: this class reads files as bytes."""
    accepted = "paths or bytes of files"
    """Description of inputs: a phrase in the plural."""
    strings_are_paths = True
    """Whether a string is the location of an input, rather than the input itself."""

    def __init__(self, argument: str, shape: tuple[int | None, ...]) -> None:
        """Take the argument of the signature and the shape of one input."""
        self.argument = argument
        self.shape = shape

    def expanded(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Expand inputs: the files in a folder, texts to pairs."""
        return inputs

    def is_input(self, each: Any) -> bool:
        """Return whether a value is an input."""
        return isinstance(each, str | bytes | Path)

    def is_one(self, given: Any) -> bool:
        """Return whether a value is one input, not several of them."""
        return not isinstance(given, list | tuple) and self.is_input(given)

    def suited_to(self, inputs: Sequence[Any]) -> RawInputs:  # noqa: ARG002 - of those with several forms
        """Return the reader of these inputs; another one for special forms, such as pairs of texts."""
        return self

    def of_maximum(self, maximum: float | None) -> RawInputs:  # noqa: ARG002 - of those with values in a range
        """Return the reader for a model that learned from values of this range; None if unknown."""
        return self

    def of_dtype(self, dtype: str) -> RawInputs:  # noqa: ARG002 - of those with several types
        """Return the reader for a serving graph whose input tensor has this type."""
        return self

    def memory(self, read: Any) -> int:
        """Return the bytes that one input in the form of the graph takes when it is decoded, by its header."""
        return int(read.nbytes) if isinstance(read, np.ndarray) else len(read)

    def checked_array(self, values: Any, dtype: str) -> np.ndarray:
        """Return one raw input, or several (N, …), as an array for ``Preprocessing.prepare``.

        ``dtype`` is that of the raw reader. Raises UsageError if raw inputs are not numbers, DataError for numbers that
        are not valid inputs: of another shape, NaN or infinite.
        """
        if dtype == "string":
            raise UsageError(f"{self.argument} are not numbers", f"pass {self.accepted}")
        refuse_masked(values, self.argument)
        try:
            found = np.asarray(values)
        except ValueError as error:
            raise DataError(f"the {self.argument} have different shapes", "pass arrays of one shape") from error
        batch = found[np.newaxis] if found.ndim == len(self.shape) else found
        if found.dtype.kind not in "uifb" or not fits(self.shape, batch.shape[1:]):
            wanted = ", ".join(["N", *("any" if each is None else str(each) for each in self.shape)])
            what = f"an array {found.dtype} of shape {found.shape} is not a batch of {self.argument}"
            raise DataError(what, f"pass shape ({wanted})")
        if not np.isfinite(batch).all():
            raise DataError(f"the {self.argument} have values that are NaN or infinite")
        if self.dtype == dtype:  # it reads arrays
            batch = np.stack([self.read(each) for each in batch]) if len(batch) else batch
        return batch.astype(dtype)

    def note(self, inputs: Sequence[Any]) -> str | None:  # noqa: ARG002 - of those that need one
        """Return a note for the user before predictions, or None."""
        return None

    def read(self, each: Any) -> Any:
        """Return one input in the form of the graph.

        Raises:
            DataError: If it cannot be read.
            BytesRefusedError: If it must not be downloaded.
        """
        return each if isinstance(each, bytes) else read_path(str(each))

    def tiles(self, read: Any, tile: int) -> tuple[TileGrid, Iterator[Any]]:  # noqa: ARG002 - of images
        """Return the grid of one input in the form of the graph, and its tiles in this form, made one after the other.

        ``tile`` is the side of a tile. Raises DataError for an input that cannot be read.
        """
        raise DataError(f"{self.argument} have no tiles", "train on whole inputs")

    def blank(self) -> Any:
        """Return the placeholder in a batch for an unreadable input."""
        return b""

    def batch(self, read: Sequence[Any]) -> Any:
        """Return readable inputs and placeholders as one array for the graph."""
        return np.array(read, object) if isinstance(read[0], bytes) else np.stack(read)

    def name(self, each: Any) -> Any:
        """Return the name of an input in predictions: its path, or its number of bytes."""
        return f"{len(each)} bytes" if isinstance(each, bytes) else str(each)

    def is_extreme(self, read: Any) -> bool:
        """Return whether an input, in the form of the graph, has a number whose square overflows float32."""
        is_float = isinstance(read, np.ndarray) and read.dtype.kind == "f"
        return is_float and bool(np.abs(read).max(initial=0) > _LARGEST)

    def why(self, data: Any) -> str:
        """Return why there is no prediction for this input."""
        return f"has a number larger than {_LARGEST:.0e}" if self.is_extreme(data) else "cannot be read"


def fits(shape: tuple[int | None, ...], found: tuple[int | None, ...]) -> bool:
    """Return whether a shape matches this one; None matches any size."""
    return len(shape) == len(found) and all(
        None in sizes or sizes[0] == sizes[1] for sizes in zip(shape, found, strict=True)
    )


def read_path(path: str) -> bytes:
    """Return the bytes of an input's file. Raises DataError if it cannot be read."""
    if not path:
        raise DataError("the path is empty")
    try:
        return read_file(Path(path))
    except FileNotFoundError as error:
        raise DataError("the file does not exist") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise DataError(f"cannot be read ({said}); check its name and permissions") from error


def read_file(path: Path) -> bytes:
    """Return the bytes of a file. Raises DataError for a device, which may be endless, and for a folder."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise DataError("is a folder", f"name files in it, such as {path}/*.jpg")
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise DataError("is a device, not a file")
    return path.read_bytes()
