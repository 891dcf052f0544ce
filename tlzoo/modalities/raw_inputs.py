"""What people give to be predicted, and what a serving graph takes of it."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tlzoo.errors import DataError, UsageError

__all__ = ["RawInputs", "fits", "read_file", "read_path"]


class RawInputs:
    """Reads inputs for a serving graph: here files, by path or as bytes. A modality may have a class of its own.

    ``argument`` is that of the serving signature, ``shape`` that of one input.
    """

    dtype = "string"
    """The type of the tensor that the graph takes: this class reads files as they are."""
    accepted = "paths or bytes of files"
    """What an input is: a phrase in the plural."""
    strings_are_paths = True
    """Whether a string names where an input is; else it is the input itself."""

    def __init__(self, argument: str, shape: tuple[int | None, ...]) -> None:
        """Take the argument of the signature and the shape of one input."""
        self.argument = argument
        self.shape = shape

    def expanded(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Return all inputs that the given ones stand for: the files in a folder, texts two by two."""
        return inputs

    def is_input(self, each: Any) -> bool:
        """Return whether a value is an input."""
        return isinstance(each, str | bytes | Path)

    def is_one(self, given: Any) -> bool:
        """Return whether a value is one input, not several of them."""
        return not isinstance(given, list | tuple) and self.is_input(given)

    def suited_to(self, inputs: Sequence[Any]) -> RawInputs:  # noqa: ARG002 - of those with several forms
        """Return what reads these inputs, where the usual form is not theirs, such as pairs of texts."""
        return self

    def checked_array(self, values: Any, dtype: str) -> np.ndarray:
        """Return an array of one raw input or of several (N, …) as ``Preprocessing.prepare`` takes each of them.

        ``dtype`` is the raw reader's. Raises UsageError if raw inputs are not numbers, DataError for numbers that are
        not such inputs: of another shape, NaN or infinite.
        """
        if dtype == "string":
            raise UsageError(f"{self.argument} are not numbers", f"give {self.accepted}")
        try:
            found = np.asarray(values)
        except ValueError as error:
            raise DataError(f"the {self.argument} have different shapes", "give arrays of one shape") from error
        batch = found[np.newaxis] if found.ndim == len(self.shape) else found
        if found.dtype.kind not in "uifb" or not fits(self.shape, batch.shape[1:]):
            wanted = ", ".join(["N", *("any" if each is None else str(each) for each in self.shape)])
            what = f"an array {found.dtype} of shape {found.shape} does not hold {self.argument}"
            raise DataError(what, f"give shape ({wanted})")
        if not np.isfinite(batch).all():
            raise DataError(f"the {self.argument} have values that are NaN or infinite")
        if self.dtype == dtype:  # it reads arrays
            batch = np.stack([self.read(each) for each in batch]) if len(batch) else batch
        return batch.astype(dtype)

    def note(self, inputs: Sequence[Any]) -> str | None:  # noqa: ARG002 - of those that need one
        """Return a line for the reader before predicting, or None."""
        return None

    def read(self, each: Any) -> Any:
        """Return what the graph takes of one input.

        Raises:
            DataError: For what cannot be read.
            BytesRefusedError: For what is not fetched.
        """
        return each if isinstance(each, bytes) else read_path(str(each))

    def blank(self) -> Any:
        """Return what stands in a batch for an input that could not be read."""
        return b""

    def batch(self, read: Sequence[Any]) -> Any:
        """Return inputs that were read, and blank ones, as one array for the graph."""
        return np.array(read, object) if isinstance(read[0], bytes) else np.stack(read)

    def name(self, each: Any) -> Any:
        """Return what an answer calls an input: its path, or how many bytes it has."""
        return f"{len(each)} bytes" if isinstance(each, bytes) else str(each)

    def why(self, data: Any) -> str:  # noqa: ARG002 - of those that know a reason
        """Return why there is no answer to this input."""
        return "cannot be read"


def fits(shape: tuple[int | None, ...], found: tuple[int | None, ...]) -> bool:
    """Return whether a shape can be this one, where None stands for any size."""
    return len(shape) == len(found) and all(
        None in sizes or sizes[0] == sizes[1] for sizes in zip(shape, found, strict=True)
    )


def read_path(path: str) -> bytes:
    """Return the bytes of a file that an input names; raise DataError if it cannot be read."""
    if not path:
        raise DataError("there is no path")
    try:
        return read_file(Path(path))
    except FileNotFoundError as error:
        raise DataError("there is no such file") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise DataError(f"cannot be read ({said}); check its name and permissions") from error


def read_file(path: Path) -> bytes:
    """Return the bytes of a file; raise DataError for a device, which may have no end, and for a folder."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise DataError("is a folder", f"name files in it, such as {path}/*.jpg")
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise DataError("is a device, not a file")
    return path.read_bytes()
