"""What people give to be predicted: in Python, in files, on standard input."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tlzoo.data.missing import is_missing
from tlzoo.errors import DataError, UsageError
from tlzoo.modalities import read_file
from tlzoo.modalities.arrays import is_array, is_text_array

if TYPE_CHECKING:
    from tlzoo.modalities import RawInputs
    from tlzoo.runs.run import Run

__all__ = ["Input", "as_inputs", "inputs_from_file", "inputs_from_stdin", "refuse_others"]

Input: TypeAlias = str | Path | bytes | Sequence[str]
"""An image's path, address or bytes; a text; two texts. An image may also be an array or PIL's."""

_LINES = ("", ".txt")
_ONE = (str, bytes, Path, int)
_NOT_INPUTS = (Mapping, AbstractSet, io.IOBase)


def as_inputs(given: Any, raw: RawInputs | None = None) -> list[Any]:
    """Return the inputs that someone gave ``predict``: a single one, or all of an iterable.

    ``raw`` reads them: it tells one input from several, and checks arrays. Without it an array gives its rows.

    Raises UsageError for what has inputs in no order or of several columns, and for what is neither; DataError for an
    array that does not hold inputs.
    """
    if isinstance(given, bytearray | memoryview):
        return [bytes(given)]
    if raw is not None and is_array(given) and given.ndim:
        return list(raw.checked_array(given, raw.dtype))
    if isinstance(given, _ONE) or (raw is not None and raw.is_one(given)):
        return [given]
    if is_text_array(given) and given.shape:
        return [each.decode() if isinstance(each, bytes) else each for each in np.asarray(given).tolist()]
    if isinstance(given, _NOT_INPUTS) or hasattr(given, "columns") or not _is_sequence(given):
        fix = "give one input or a list of them: frame['text'].tolist() for a frame"
        raise UsageError(f"predict takes inputs, not a value of type {type(given).__name__}", fix)
    return list(given)


def inputs_of_data_set(run: Run, given: Any, raw: RawInputs) -> list[Any]:
    """Return the inputs of a ``tf.data.Dataset`` or a ``PyDataset``, batched or not, in order; labels are left out.

    Raises UsageError for a data set that does not end, or of dicts without a key for inputs.
    """
    from tlzoo.data import parse_source
    from tlzoo.data.adapters.memory.streams import input_elements

    known = parse_source(str(run.result.get("data", ""))).options
    return [each for element in input_elements(given, known, "inputs") for each in as_inputs(_decoded(element), raw)]


def _decoded(element: Any) -> Any:
    """Return a single string of a data set as str: NumPy has it as bytes, which are those of a file elsewhere."""
    return element.decode() if isinstance(element, bytes) else element


def refuse_others(raw: RawInputs, inputs: Sequence[Any], who: str = "this run") -> None:
    """Raise UsageError for the first value that is not an input of this run."""
    for each in inputs:
        if not raw.is_input(each):
            what = f"{who} takes {raw.accepted}, not {type(each).__name__}: {each!r:.60}"
            raise UsageError(what, "give one input, or a list of them; write [array] for one array")


def _is_sequence(given: Any) -> bool:
    """Return whether a value has elements; an array without an axis has none, though its class has ``__iter__``."""
    return isinstance(given, Iterable) and getattr(given, "ndim", 1) != 0


def inputs_from_file(run: Run, file: str) -> list[Input]:
    """Return the inputs that a file lists.

    A ``.txt`` file, or ``-`` for standard input, has one a line: a text, a pair of texts with a tab between, an image's
    path, or what the run's trainer takes; blank lines are skipped. Standard input may also be one image. A table
    (``new.csv``, ``new.csv?text=review``) has them in the columns that the run's own data has them in, or that the
    options name, as those of ``table:`` do.

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
        text = read_file(Path(file)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not UTF-8 (byte {error.start})", "convert it, or give a table") from error
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}") from error
    yield from _split_lines(text)


def inputs_from_stdin() -> list[Input]:
    """Return the inputs on standard input: one a line, or the bytes of one file.

    Bytes that are not UTF-8 text are a file. Raises DataError where there is nothing.
    """
    content = sys.stdin.buffer.read()
    if not content.strip():
        raise DataError("standard input is empty", "pipe one input a line, or an image's bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [content]
    return [content] if "\0" in text else list(_split_lines(text))


def _split_lines(text: str) -> Iterator[Input]:
    """Yield the inputs of a text, one a line. Blank lines are skipped.

    A line ends with a line feed, a carriage return, or both.
    """
    for line in re.split(r"\r\n|\n|\r", text):
        if not is_missing(line):
            yield line


def _from_table(run: Run, source: str) -> Iterator[Input]:
    from tlzoo.data import parse_source, table_inputs

    parsed = parse_source(source)
    options = dict(parsed.options)
    if not {"text", "image"} & options.keys():
        known = parse_source(str(run.result.get("data", ""))).options
        options |= {name: known[name] for name in ("text", "numbers", "image", "suffix", "root") if name in known}
    for each in table_inputs(parsed.location, options):
        yield each[0] if isinstance(each, tuple) and len(each) == 1 else each
