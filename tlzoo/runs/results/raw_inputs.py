"""Raw inputs for prediction: from Python, from files and from standard input."""

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
    from tlzoo.tasks import Task

__all__ = ["Input", "as_inputs", "check_offsets", "inputs_from_file", "inputs_from_stdin", "refuse_others"]

Input: TypeAlias = "str | Path | bytes | Sequence[str] | np.ndarray"
"""The path, URL, bytes or array of an image, or a PIL image; a text; two texts; or a row of numbers."""

_LINES = ("", ".txt")
_ONE = (str, bytes, Path, int)
_NOT_INPUTS = (Mapping, AbstractSet, io.IOBase)


def check_offsets(task: Task, given: Any) -> None:
    """Raise DataError for a text with lone surrogates if predictions have offsets in it: the model reads others."""
    if isinstance(given, str) and "offsets" in task.serving_outputs.values():
        try:
            given.encode()
        except UnicodeEncodeError as error:
            raise DataError("the text has a lone surrogate, so it has no exact offsets", "correct the text") from error


def as_inputs(given: Any, raw: RawInputs | None = None) -> list[Any]:
    """Return the inputs given to ``predict``: a single input, or all inputs of an iterable.

    ``raw`` reads them: it distinguishes one input from several, and checks arrays. Without it, an array is split by
    rows.

    Raises UsageError for unordered or multi-column inputs and for other types; DataError for an array that does not
    hold inputs.
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
        fix = "give one input or a list of them: frame['text'].tolist() for a data frame"
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
    """Raise UsageError for the first value that is not a valid input of this run."""
    for each in inputs:
        if not raw.is_input(each):
            what = f"{who} takes {raw.accepted}, not {type(each).__name__}: {each!r:.60}"
            raise UsageError(what, "give one input, or a list of them; use [array] for one array")


def _is_sequence(given: Any) -> bool:
    """Return whether a value has elements; an array without axes has none, though its class has ``__iter__``."""
    return isinstance(given, Iterable) and getattr(given, "ndim", 1) != 0


def inputs_from_file(run: Run, file: str) -> list[Input]:
    """Return the inputs in a file.

    A ``.txt`` file, or ``-`` for standard input, has one input per line: a text, two texts separated by a tab, the path
    of an image, or an input of the run's trainer. Blank lines are skipped. Standard input may also be one image. A
    table (``new.csv``, ``new.csv?text=review``) has them in the columns of the run's data, or in the columns named by
    the options, as in ``table:``.

    Args:
        run: The run that will predict.
        file: Path of the file with options, or ``-``.

    Returns:
        The inputs in order.

    Raises:
        DataError: If the file cannot be read.
        UsageError: If no column is known.
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
        raise DataError(f"{file} is not UTF-8 (byte {error.start})", "convert it to UTF-8, or give a table") from error
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}") from error
    yield from _split_lines(text)


def inputs_from_stdin() -> list[Input]:
    """Return the inputs from standard input: one per line, or the bytes of one file.

    Bytes that are not UTF-8 text are treated as a file. Raises DataError if there is no input.
    """
    content = sys.stdin.buffer.read()
    if not content.strip():
        raise DataError("standard input is empty", "pipe one input per line, or the bytes of an image")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [content]
    return [content] if "\0" in text else list(_split_lines(text))


def _split_lines(text: str) -> Iterator[Input]:
    """Yield the inputs of a text, one per line. Blank lines are skipped.

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
