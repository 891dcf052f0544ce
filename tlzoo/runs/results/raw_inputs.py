"""What people give to be predicted, and what a serving graph takes: images by path or bytes, texts as they are."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tlzoo.data.missing import is_missing
from tlzoo.errors import DataError, UsageError
from tlzoo.runs.results.input_sources import expand_images, fetch_image, inputs_from_stdin, is_address, split_lines

if TYPE_CHECKING:
    from tlzoo.runs.run import Run

__all__ = ["Input", "RawInputs", "as_inputs", "inputs_from_file"]

Input: TypeAlias = str | Path | bytes | Sequence[str]
"""An image's path, address or bytes; a text; two texts."""

_LINES = ("", ".txt")
_ONE = (str, bytes, Path, int)
_NOT_INPUTS = (Mapping, AbstractSet, io.IOBase)


def as_inputs(given: Any) -> list[Any]:
    """Return the inputs that someone gave ``predict``: a single one, or all of an iterable.

    Raises UsageError for what has inputs in no order or of several columns, and for what is neither.
    """
    if isinstance(given, bytearray | memoryview):
        return [bytes(given)]
    if isinstance(given, _ONE):
        return [given]
    if isinstance(given, _NOT_INPUTS) or hasattr(given, "columns") or not _is_sequence(given):
        fix = "give one input or a list of them: frame['text'].tolist() for a frame"
        raise UsageError(f"predict takes inputs, not a value of type {type(given).__name__}", fix)
    return list(given)


@dataclass(frozen=True, slots=True)
class RawInputs:
    """Reads inputs for a serving graph whose argument is called ``kind``, each of them of this ``shape``."""

    kind: str
    shape: tuple[int, ...]

    def expanded(self, inputs: Sequence[Input]) -> Sequence[Input]:
        """Return the inputs, for images with folders and globs replaced by the files in them."""
        return expand_images(inputs) if self.kind == "images" else inputs

    def paired(self, inputs: Sequence[Input]) -> Sequence[Input]:
        """Return pairs of texts where pairs are wanted: strings with a tab between two texts, or strings two by two.

        Raises UsageError where a string is left over.
        """
        if self.shape != (2,) or not all(isinstance(each, str) for each in inputs):
            return inputs
        if any("\t" in str(each) for each in inputs):
            return [tuple(str(each).split("\t")) if "\t" in str(each) else each for each in inputs]
        if len(inputs) % 2:
            raise UsageError(f"this run takes pairs of texts, and got {len(inputs)}", "give two for each answer")
        return [(str(first), str(second)) for first, second in zip(inputs[::2], inputs[1::2], strict=True)]

    def check(self, inputs: Sequence[Any]) -> None:
        """Raise UsageError for the first value that is not an input of this run."""
        if self.kind not in {"images", "texts"}:
            raise UsageError(f"predictions are made for images and texts, not for {self.kind}")
        for each in inputs:
            if not self._is_input(each):
                shown = f"{each!r:.60}"
                raise UsageError(f"this run takes {self._accepted}, not {type(each).__name__}: {shown}", _FIX)

    def file_read_as_text(self, inputs: Sequence[Any]) -> str | None:
        """Return the first text that is also the name of a file or folder, None where there is none."""
        texts = (each for each in inputs if isinstance(each, str)) if self.kind == "texts" else ()
        return next((each for each in texts if os.path.exists(each)), None)  # noqa: PTH110 - False for what can be no path

    def read(self, each: Input) -> bytes | list[bytes]:
        """Return what the graph takes.

        Raises DataError for what cannot be read or fetched, a blank text, and a text in bytes or in a file that is not
        UTF-8; BytesRefusedError for an address that nothing is fetched from.
        """
        if self.kind == "images" and is_address(each):
            return fetch_image(str(each))
        if isinstance(each, bytes | Path) or self._is_path(each):
            data = each if isinstance(each, bytes) else _read_path(str(each))
            return _checked_text(data) if self.kind == "texts" else data
        parts = [each] if isinstance(each, str) else list(each)
        if any(is_missing(part) for part in parts):
            raise DataError("the text is blank")
        encoded = [_as_bytes(part) for part in parts]
        return encoded if self.shape else encoded[0]

    def name(self, each: Input) -> str | list[str]:
        """Return what an answer calls an input: its path, the text, or how many bytes it has."""
        if isinstance(each, bytes):
            return f"{len(each)} bytes"
        return str(each) if isinstance(each, str | Path) else list(each)

    def why(self, data: bytes | list[bytes]) -> str:
        """Return why there is no answer to this input."""
        if self.kind == "images" and isinstance(data, bytes):
            from tlzoo.data import why_unreadable

            return why_unreadable(data) or "cannot be read"
        return "cannot be read"

    @property
    def _accepted(self) -> str:
        """What an input is: a phrase in the plural."""
        if self.kind == "images":
            return "paths, addresses or bytes of image files"
        return "pairs of texts: tuples of two strings" if self.shape else "texts: strings, or paths of text files"

    def _is_path(self, each: Any) -> bool:
        return isinstance(each, Path) or (self.kind == "images" and isinstance(each, str))

    def _is_input(self, each: Any) -> bool:
        if self.kind == "images" or not self.shape:
            return isinstance(each, str | bytes | Path)
        is_pair = isinstance(each, Sequence) and not isinstance(each, str | bytes) and len(each) == self.shape[0]
        return is_pair and all(isinstance(part, str) for part in each)


_FIX = "give one input, or a list of them"


def _is_sequence(given: Any) -> bool:
    """Return whether a value has elements; an array without an axis has none, though its class has ``__iter__``."""
    return isinstance(given, Iterable) and getattr(given, "ndim", 1) != 0


def _read_path(path: str) -> bytes:
    """Return the bytes of a file that an input names; raise DataError where it cannot be read."""
    if not path:
        raise DataError("there is no path")
    try:
        return _read_file(Path(path))
    except FileNotFoundError as error:
        raise DataError("there is no such file") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise DataError(f"cannot be read ({said}); check its name and permissions") from error


def _read_file(path: Path) -> bytes:
    """Return the bytes of a file; raise DataError for a device, which may have no end, and for a folder."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise DataError("is a folder", f"name files in it, such as {path}/*.jpg")
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise DataError("is a device, not a file")
    return path.read_bytes()


def _checked_text(data: bytes) -> bytes:
    """Return a text's bytes; raise DataError where they are not UTF-8: a model would read other characters."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise DataError(f"the text is not UTF-8 (byte {error.start})", "convert it to UTF-8") from error
    if is_missing(text):
        raise DataError("the text is blank")
    return data


def _as_bytes(text: str) -> bytes:
    """Return a text in UTF-8; what a shell passed on without decoding is given back as it was."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def inputs_from_file(run: Run, file: str) -> list[Input]:
    """Return the inputs that a file lists.

    A ``.txt`` file, or ``-`` for standard input, has one a line: a text, a pair of texts with a tab between, an image's
    path, or an episode's seed; blank lines are skipped. Standard input may also be one image. A table (``new.csv``,
    ``new.csv?text=review``) has them in the columns that the run's own data has them in, or that the options name, as
    those of ``table:`` do.

    Raises DataError for what cannot be read, UsageError where no column is known.
    """
    location = file.rpartition("?")[0] or file
    if file == "-":
        return inputs_from_stdin()
    if Path(location).suffix.lower() in _LINES:
        return list(_from_lines(file))
    return list(_from_table(run, f"table:{file}"))


def _from_lines(file: str) -> Iterator[Input]:
    try:
        text = _read_file(Path(file)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not UTF-8 (byte {error.start})", "convert it, or give a table") from error
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}") from error
    yield from split_lines(text)


def _from_table(run: Run, source: str) -> Iterator[Input]:
    from tlzoo.data import parse_source, table_inputs

    parsed = parse_source(source)
    options = dict(parsed.options)
    if not {"text", "image"} & options.keys():
        known = parse_source(str(run.result.get("data", ""))).options
        options |= {name: known[name] for name in ("text", "numbers", "image", "suffix", "root") if name in known}
    for each in table_inputs(parsed.location, options):
        yield each[0] if isinstance(each, tuple) and len(each) == 1 else each
