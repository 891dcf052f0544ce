"""Inputs in requests. Nothing in a request is opened: a string is a text or it is refused."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from tlzoo.modalities import RawInputs

__all__ = ["LARGE_BODY", "input_form", "parse_json", "raw_input"]

LARGE_BODY = 2**16
"""Bodies of more bytes are parsed in another thread, so that other requests go on."""


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON document. Raises UsageError for other bytes, and for NaN and infinity.

    Python's parser holds the interpreter lock for the whole document, unless it calls Python functions for numbers.
    Large documents are parsed with such functions, which takes longer, but does not stop other threads.
    """
    as_float, as_int = (_as_float, _as_int) if len(body) > LARGE_BODY else (None, None)
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant, parse_float=as_float, parse_int=as_int)
    except RecursionError as error:
        raise UsageError("the body is too deeply nested; send arrays in the shape that /metadata has") from error
    except ValueError as error:  # also of UTF-8, and of numbers with too many digits
        raise UsageError(f"the body is not JSON: {str(error).partition(';')[0]}; see /docs for an example") from error


def raw_input(value: Any, raw: RawInputs) -> Any:
    """Return a JSON value, or the bytes of a file, as one raw input of the run.

    Args:
        value: ``{"b64": "..."}`` or bytes for a file; a text, or a list of texts; nested lists of numbers for an array.
        raw: The run's reader of raw inputs.

    Returns:
        Bytes, a text, a tuple of texts, or an array. It is never the location of a file.

    Raises:
        UsageError: For a value of another kind.
    """
    found = _converted(value, raw)
    if not raw.is_input(found):
        raise UsageError(f"this run takes {_accepted(raw)}, not {_shown(value)}")
    return found


def input_form(raw: RawInputs) -> str:
    """Return the form of one input in JSON: ``file``, ``text``, ``texts`` or ``array``."""
    if raw.strings_are_paths:
        return "file"
    if raw.dtype != "string":
        return "array"
    return "texts" if raw.shape else "text"


def _converted(value: Any, raw: RawInputs) -> Any:
    match value:
        case bytes():
            return value
        case {"b64": str(encoded)} if len(value) == 1:
            return _decoded(encoded)
        case str() if not raw.strings_are_paths:
            return value
        case [str(), *_] if not raw.strings_are_paths and all(isinstance(each, str) for each in value):
            return tuple(value)
        case [_, *_]:
            return _array(value, raw)
        case int() | float() if raw.dtype != "string" and not raw.shape:
            return np.asarray(value)
    raise UsageError(f"this run takes {_accepted(raw)}, not {_shown(value)}")


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError(f"b64 is not base64: {error}; encode the bytes of the file without line breaks") from error


def _array(value: Sequence[Any], raw: RawInputs) -> np.ndarray:
    if not _are_numbers(value):  # NumPy makes room for the longest text in each place
        raise UsageError(f"this run takes {_accepted(raw)}, not {_shown(value)}")
    try:
        found = np.asarray(value)
    except (ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"the lists in {_shown(value)} have different lengths; send {_accepted(raw)}") from error
    if found.dtype.kind not in "uifb":
        raise UsageError(f"this run takes {_accepted(raw)}, not {_shown(value)}")
    return found


def _are_numbers(value: Sequence[Any]) -> bool:
    """Return whether nested lists have only numbers."""
    waiting: list[Any] = [value]
    while waiting:
        for each in waiting.pop():
            if isinstance(each, list):
                waiting.append(each)
            elif not isinstance(each, int | float):
                return False
    return True


def _accepted(raw: RawInputs) -> str:
    """Return the inputs that a request may have, in words."""
    return {
        "file": 'files, as uploads or {"b64": "..."}, or arrays of numbers; paths and URLs are never opened',
        "text": "texts: strings",
        "texts": 'lists of texts, such as ["one", "two"]',
        "array": f"arrays of numbers{_shape(raw)}",
    }[input_form(raw)]


def _shape(raw: RawInputs) -> str:
    if not raw.shape:
        return ""
    sizes = ", ".join("any" if each is None else str(each) for each in raw.shape)
    return f" of shape ({sizes})" if len(raw.shape) > 1 else f" of shape ({sizes},)"


def _shown(value: Any) -> str:
    return f"{type(value).__name__} {value!r:.40}" if not isinstance(value, bytes) else f"{len(value)} bytes"


def _as_float(text: str) -> float:
    return float(text)


def _as_int(text: str) -> int:
    return int(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
